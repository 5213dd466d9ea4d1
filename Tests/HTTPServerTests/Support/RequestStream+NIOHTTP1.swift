import NIOCore
import NIOEmbedded
import NIOHTTP1

extension RequestStream {
    /// What NIOHTTP1 reads in bytes that come in pieces, cut at these offsets. A request ends with the piece that ended it.
    init(readByNIOHTTP1 bytes: [UInt8], cutAt offsets: [Int]) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldCount = .max
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
        var given = 0
        var unfinished: Request?
        forEachPiece(of: bytes, cutAt: offsets) { stream, piece in
            given += piece.count
            var rejection: String?
            do { try channel.writeInbound(ByteBuffer(bytes: piece)) } catch { rejection = "\(error)" }
            while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
                switch part {
                case .head(let head): unfinished = Request(head)
                case .body(let bytes): unfinished?.body += Array(bytes.readableBytesView)
                case .end:
                    unfinished?.end = given
                    if let unfinished { stream.requests.append(unfinished) }
                }
            }
            if let rejection { stream.end = .rejected(rejection) }
        }
        // Says that the last request has no end, where it has none.
        _ = try? channel.finish()
    }
}

extension RequestStream.Request {
    fileprivate init(_ head: HTTPRequestHead) {
        // The only one whose name in Swift is not its own.
        method = head.method == .MSEARCH ? "M-SEARCH" : head.method.rawValue
        target = RequestStream.Request.pathAndQuery(head.uri)
        isHTTP11 = head.version == .http1_1
        fields = head.headers.map {
            RequestStream.Field(name: $0.name, value: RequestStream.Request.trimmed($0.value))
        }
        body = []
        end = 0
    }

    /// White space behind a value is none of it (RFC 9112 §5.1); NIOHTTP1 leaves it there.
    private static func trimmed(_ value: String) -> String {
        var bytes = Substring(value).utf8
        while bytes.last == UInt8(ascii: " ") || bytes.last == UInt8(ascii: "\t") { bytes.removeLast() }
        return String(Substring(bytes))
    }

    /// An absolute target without its scheme and authority (RFC 9112 §3.2.2), which NIOHTTP1 leaves there.
    private static func pathAndQuery(_ target: String) -> String {
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return target }
        let rest = target[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }
}
