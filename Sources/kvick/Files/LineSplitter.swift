/// Cuts bytes that come in pieces into lines.
struct LineSplitter {
    /// The longest line, in bytes: a value of 64 MiB in base64, and what stands around it.
    static let lineSizeMax = ByteSize(bytes: 128 << 20)

    private var buffer: [UInt8] = []
    private var lineStart = 0
    private var searchStart = 0

    /// Whether there are bytes behind the last line's end.
    var hasRest: Bool { lineStart < buffer.count }

    mutating func append(_ piece: some Collection<UInt8>) {
        buffer.removeFirst(lineStart)
        searchStart -= lineStart
        lineStart = 0
        buffer += piece
    }

    /// The next line without its end; nil where more must be appended before.
    ///
    /// - Throws: a `CommandFailure` where a line is too long.
    mutating func next() throws -> [UInt8]? {
        guard let end = buffer[searchStart...].firstIndex(of: UInt8(ascii: "\n")) else {
            searchStart = buffer.count
            guard buffer.count - lineStart <= Self.lineSizeMax.bytes else {
                throw CommandFailure("a line is longer than \(Self.lineSizeMax)")
            }
            return nil
        }
        defer { (lineStart, searchStart) = (end + 1, end + 1) }
        return Array(buffer[lineStart..<end])
    }
}
