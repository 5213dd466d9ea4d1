import NIOCore

/// Where a request's body ends (RFC 9112 §6.3).
enum BodyFraming: Hashable, Sendable {
    case none
    /// Content-Length, more than 0.
    case length(Int)
    case chunked
}

/// The versions of HTTP that this server speaks.
package enum HTTPVersion: Sendable {
    case http10
    case http11
}

/// A range of bytes of a head, from its first byte.
struct ByteRange: Hashable, Sendable {
    let start: UInt32
    let count: UInt32

    init(_ range: Range<Int>) {
        start = UInt32(clamping: range.lowerBound)
        count = UInt32(clamping: range.count)
    }

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// What a request line and the header fields say, gathered line by line.
struct HeadFields: Sendable {
    var method = Method.get
    var version = HTTPVersion.http11
    /// Nil where an absolute target has no path, which stands for "/" (RFC 9112 §3.2.2).
    var path: ByteRange?
    var query: ByteRange?
    /// The offset of the first field line.
    var fieldsStart = 0
    /// The marks of all names; see `HeaderName.mark`.
    var nameMarks: UInt64 = 0
    var hasHost = false
    var contentLength: Int?
    var chunkedCount = 0
    var hasTransferEncoding = false
    var hasOtherTransferCoding = false
    var asksToClose = false
    var asksToKeepAlive = false
    var expectsContinue = false
    var hasOtherExpectation = false
}

/// A complete, valid head: its bytes and what they say.
package struct RequestHead: Sendable {
    /// From the request line to the empty line.
    let bytes: ByteBuffer
    let method: Method
    let version: HTTPVersion
    let path: ByteRange?
    let query: ByteRange?
    private let fieldsStart: Int
    private let nameMarks: UInt64
    let framing: BodyFraming
    /// Whether the client means to send more requests on the connection (RFC 9112 §9.3).
    let isPersistent: Bool
    let expectsContinue: Bool

    init(bytes: ByteBuffer, fields: HeadFields, framing: BodyFraming) {
        self.bytes = bytes
        self.method = fields.method
        self.version = fields.version
        self.path = fields.path
        self.query = fields.query
        self.fieldsStart = fields.fieldsStart
        self.nameMarks = fields.nameMarks
        self.framing = framing
        switch fields.version {
        case .http11:
            self.isPersistent = !fields.asksToClose
            self.expectsContinue = fields.expectsContinue
        case .http10:
            self.isPersistent = fields.asksToKeepAlive && !fields.asksToClose
            self.expectsContinue = false
        }
    }
}

extension RequestHead {
    /// Calls `body` with the ranges of the name and of the trimmed value of each field, in their order.
    func forEachField(_ body: (Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) -> Void) {
        bytes.withUnsafeReadableBytes { raw in
            let span = Span<UInt8>(_unsafeBytes: raw)
            var start = fieldsStart
            while let lineFeed = span.firstIndex(of: .lineFeed, from: start) {
                if let colon = span.firstIndex(of: UInt8(ascii: ":"), from: start), colon < lineFeed {
                    body(span, start..<colon, span.trimmed(colon + 1..<lineFeed - 1))
                }
                start = lineFeed + 1
            }
        }
    }

    /// Calls `body` with the range of the trimmed value of each field of that name, until it returns false.
    func forEachValue(of name: HeaderName, _ body: (Span<UInt8>, Range<Int>) -> Bool) {
        guard nameMarks & name.mark != 0 else { return }
        bytes.withUnsafeReadableBytes { raw in
            let span = Span<UInt8>(_unsafeBytes: raw)
            let nameCount = name.lowercased.utf8CodeUnitCount
            var start = fieldsStart
            while let lineFeed = span.firstIndex(of: .lineFeed, from: start) {
                let colon = start + nameCount
                if colon < lineFeed, span[colon] == UInt8(ascii: ":"),
                    span.extracting(start..<colon).equalsIgnoringCase(name.lowercased),
                    !body(span, span.trimmed(colon + 1..<lineFeed - 1))
                {
                    return
                }
                start = lineFeed + 1
            }
        }
    }
}
