import NIOCore
import NIOHPACK

/// What is wrong with the fields of a HEADERS frame.
enum HTTP2HeadFailure: Error, Hashable {
    /// Not a request of HTTP/2, which ends its stream with PROTOCOL_ERROR (RFC 9113 §8.1.1).
    case malformed
    /// A request that HTTP/1.1 would be answered, too, with this failure.
    case refused(ProtocolFailure)
}

/// Makes the head of a request of the fields of a HEADERS frame (RFC 9113 §8.3).
///
/// The head is written as the lines of HTTP/1.1, and read by the parser of those, so that one place decides what every byte
/// of a request may be. No field can become two: none is written that has a line end in it.
struct HTTP2RequestHead {
    private var method: String?
    private var scheme: String?
    private var path: String?
    private var authority: String?
    private var host: String?
    private var cookies: [String] = []
    private var lines = ByteBuffer()
    private var isPastPseudoFields = false

    private init() {}

    /// - Parameter maximumSize: of the head in bytes.
    static func parse(_ fields: HPACKHeaders, maximumSize: Int) throws(HTTP2HeadFailure) -> RequestHead {
        var head = HTTP2RequestHead()
        for (name, value, _) in fields {
            guard value.utf8.allSatisfy({ $0 != 0 && $0 != .lineFeed && $0 != .carriageReturn }) else {
                throw .malformed
            }
            if name.utf8.first == UInt8(ascii: ":") {
                try head.takePseudoField(name, value)
            } else {
                head.isPastPseudoFields = true
                try head.takeField(name, value)
            }
        }
        return try head.parsed(maximumSize: maximumSize)
    }

    private mutating func takePseudoField(_ name: String, _ value: String) throws(HTTP2HeadFailure) {
        guard !isPastPseudoFields else { throw .malformed }
        switch name {
        case ":method": try HTTP2RequestHead.set(&method, value)
        case ":scheme": try HTTP2RequestHead.set(&scheme, value)
        case ":path": try HTTP2RequestHead.set(&path, value)
        case ":authority": try HTTP2RequestHead.set(&authority, value)
        default: throw .malformed
        }
    }

    private mutating func takeField(_ name: String, _ value: String) throws(HTTP2HeadFailure) {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0.isTokenCharacter && $0.lowercased == $0 }),
            !HeaderField.isConnectionSpecific(name)
        else { throw .malformed }
        switch name {
        case "te" where value != "trailers":
            throw .malformed
        case "host":
            try HTTP2RequestHead.set(&host, value)
        case "cookie":
            cookies.append(value)
        default:
            writeField(name, value)
        }
    }

    private static func set(_ field: inout String?, _ value: String) throws(HTTP2HeadFailure) {
        guard field == nil else { throw .malformed }
        field = value
    }

    private mutating func writeField(_ name: String, _ value: String) {
        lines.writeString(name)
        lines.writeStaticString(": ")
        lines.writeString(value)
        lines.writeStaticString("\r\n")
    }

    private mutating func parsed(maximumSize: Int) throws(HTTP2HeadFailure) -> RequestHead {
        guard let method, !method.isEmpty, method.utf8.allSatisfy(\.isTokenCharacter) else { throw .malformed }
        // What would be tunneled has neither scheme nor path (RFC 9113 §8.5), and there are no tunnels here.
        guard method != "CONNECT" else { throw .refused(.malformedTarget) }
        guard let scheme, let path, !path.isEmpty else { throw .malformed }
        guard ["https", "http"].contains(scheme.lowercased()), isTarget(path, of: method) else {
            throw .refused(.malformedTarget)
        }
        if let authority { try setHost(authority) }
        // A client may cut its cookies into fields that compress better (RFC 9113 §8.2.3).
        if !cookies.isEmpty { writeField("cookie", cookies.joined(separator: "; ")) }

        var bytes = ByteBuffer()
        bytes.reserveCapacity(method.utf8.count + path.utf8.count + 32 + (host?.utf8.count ?? 0) + lines.readableBytes)
        bytes.writeString(method)
        bytes.writeStaticString(" ")
        bytes.writeString(path)
        bytes.writeStaticString(" HTTP/1.1\r\n")
        if let host {
            bytes.writeStaticString("host: ")
            bytes.writeString(host)
            bytes.writeStaticString("\r\n")
        }
        bytes.writeImmutableBuffer(lines)
        bytes.writeStaticString("\r\n")
        var parser = RequestHeadParser(maximumSize: maximumSize)
        let head: RequestHead?
        do {
            head = try parser.parse(&bytes)
        } catch {
            throw .refused(error)
        }
        guard let head, bytes.readableBytes == 0, head.framing != .chunked else { throw .malformed }
        return head
    }

    /// Has the authority stand for the host, which may be there, too, but not be another one (RFC 9113 §8.3.1).
    private mutating func setHost(_ authority: String) throws(HTTP2HeadFailure) {
        if let host, host.lowercased() != authority.lowercased() { throw .malformed }
        // White space around it would go unseen in a line of HTTP/1.1.
        guard authority.utf8.allSatisfy({ $0 > .space }) else { throw .refused(.malformedHost) }
        host = authority
    }

    /// Whether a path is one, or the "*" of OPTIONS: not an absolute target, as HTTP/1.1 has it.
    ///
    /// Bytes that are not UTF-8 come as replacement characters, so that they can't be told from one another any more.
    private func isTarget(_ path: String, of method: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/") || (path == "*" && method == "OPTIONS") else { return false }
        return path.utf8.allSatisfy(\.isTargetCharacter) && !path.unicodeScalars.contains("\u{FFFD}")
    }
}
