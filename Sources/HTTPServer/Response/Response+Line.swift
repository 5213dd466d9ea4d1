import NIOCore

extension Response {
    /// A line of plain text, which no browser takes for anything else.
    init(line: String, status: Status) {
        self.init(
            status: status, headers: ResponseHeaders(prepared: Self.lineHeaders),
            body: .bytes(ByteBuffer(string: line + "\n")))
    }

    private static let lineHeaders = PreparedHeaders([
        ("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
    ])
}
