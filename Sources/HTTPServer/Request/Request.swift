import NIOCore

/// A request whose head is valid and whose body is complete.
///
/// It holds the bytes of its head as they came; what is asked of it is read from them.
public struct Request: Sendable {
    let head: RequestHead
    /// The whole body; empty where there is none.
    public var body: ByteBuffer
    /// The address of the other end of the connection; nil for a Unix domain socket.
    public let remoteAddress: ClientAddress?
    /// What the server's `RequestClassifier` said of it, so that it need not be asked again; nil where there is none, and for a
    /// request made without a server.
    public internal(set) var kind: Int?
    /// That of the connection that the request came on; nil where there is none.
    private let connection: ConnectionLife?

    init(
        head: RequestHead, body: ByteBuffer = ByteBuffer(), remoteAddress: ClientAddress?,
        connection: ConnectionLife? = nil
    ) {
        self.head = head
        self.body = body
        self.remoteAddress = remoteAddress
        self.connection = connection
    }

    public var method: Method { head.method }

    /// Whether the connection has ended, so that nobody waits for the answer; never for a request made without one. May
    /// be asked on any thread.
    public var isAbandoned: Bool { connection?.hasEnded ?? false }

    /// Calls `body` with the bytes of the path, still percent-encoded, from its first "/"; "*" for the asterisk form.
    /// The bytes are valid only during the call.
    public func withPathBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        guard let path = head.path else {
            let root: StaticString = "/"
            return try body(UnsafeRawBufferPointer(start: root.utf8Start, count: root.utf8CodeUnitCount))
        }
        return try head.bytes.withUnsafeReadableBytes { try body(UnsafeRawBufferPointer(rebasing: $0[path.range])) }
    }

    /// Calls `body` with the bytes behind the first "?", still percent-encoded, nil where there is none. The bytes are
    /// valid only during the call.
    public func withQueryBytes<Result>(_ body: (UnsafeRawBufferPointer?) throws -> Result) rethrows -> Result {
        guard let query = head.query else { return try body(nil) }
        return try head.bytes.withUnsafeReadableBytes { try body(UnsafeRawBufferPointer(rebasing: $0[query.range])) }
    }

    /// Calls `body` with the value of the first field of that name without the white space around it, nil where there
    /// is none. The bytes are valid only during the call.
    public func withHeaderBytes<Result>(
        _ name: HeaderName, _ body: (UnsafeRawBufferPointer?) throws -> Result
    ) rethrows -> Result {
        var found: Range<Int>?
        head.forEachValue(of: name) { _, value in
            found = value
            return false
        }
        guard let found else { return try body(nil) }
        return try head.bytes.withUnsafeReadableBytes { try body(UnsafeRawBufferPointer(rebasing: $0[found])) }
    }

    /// The value of the first field of that name without the white space around it, nil where there is none; invalid
    /// UTF-8 is repaired.
    public func header(_ name: HeaderName) -> String? {
        withHeaderBytes(name) { bytes in bytes.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Calls `body` with the name, as it came, and the value of each field, in their order. The bytes are valid only during
    /// the call.
    public func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void) {
        head.forEachField { bytes, name, value in
            bytes.withUnsafeBytes { bytes in
                body(UnsafeRawBufferPointer(rebasing: bytes[name]), UnsafeRawBufferPointer(rebasing: bytes[value]))
            }
        }
    }

    /// The number of fields of that name.
    public func headerCount(_ name: HeaderName) -> Int {
        var count = 0
        head.forEachValue(of: name) { _, _ in
            count += 1
            return true
        }
        return count
    }
}

extension Request {
    /// The same without its body, for those who keep it longer than they need that.
    public var withoutBody: Request {
        var request = self
        request.body = ByteBuffer()
        return request
    }

    /// A request made without a socket, by the parser that the server has.
    ///
    /// A Host field is added where there is none, and a Content-Length where there is a body.
    ///
    /// - Throws: `ProtocolFailure` for what the server would reject.
    public init(
        method: Method, target: String, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer(),
        remoteAddress: ClientAddress? = nil
    ) throws {
        var text = "\(method.name) \(target) HTTP/1.1\r\n"
        var headers = headers
        func has(_ name: String) -> Bool { headers.contains { $0.0.lowercased() == name } }
        if !has("host") { headers.append(("Host", "localhost")) }
        if body.readableBytes > 0, !has("content-length"), !has("transfer-encoding") {
            headers.append(("Content-Length", String(body.readableBytes)))
        }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        var bytes = ByteBuffer(string: text + "\r\n")
        var parser = RequestHeadParser(maximumSize: Int.max)
        guard let head = try parser.parse(&bytes), bytes.readableBytes == 0 else {
            throw ProtocolFailure.malformedRequestLine
        }
        self.init(head: head, body: body, remoteAddress: remoteAddress)
    }
}
