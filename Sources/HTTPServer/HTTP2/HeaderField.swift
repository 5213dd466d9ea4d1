import NIOCore

/// A field of an answer as HTTP/2 sends it: its name in lower case (RFC 9113 §8.2.1).
struct HeaderField: Sendable {
    let name: String
    let value: String

    /// The fields of lines as `ByteBuffer.writeField` writes them, without those that only HTTP/1.1 knows.
    static func decode(_ lines: ByteBuffer) -> [HeaderField] {
        guard lines.readableBytes > 0 else { return [] }
        return lines.withUnsafeReadableBytes { raw in
            let span = Span<UInt8>(_unsafeBytes: raw)
            var fields: [HeaderField] = []
            var start = 0
            while let lineFeed = span.firstIndex(of: .lineFeed, from: start) {
                if let colon = span.firstIndex(of: UInt8(ascii: ":"), from: start), colon < lineFeed {
                    let name = String(decoding: raw[start..<colon].lazy.map(\.lowercased), as: UTF8.self)
                    let value = span.trimmed(colon + 1..<max(lineFeed - 1, colon + 1))
                    if !isConnectionSpecific(name) {
                        fields.append(HeaderField(name: name, value: String(decoding: raw[value], as: UTF8.self)))
                    }
                }
                start = lineFeed + 1
            }
            return fields
        }
    }

    /// Whether a field is about one HTTP/1.1 connection, which HTTP/2 forbids in requests and answers (RFC 9113 §8.2.2).
    static func isConnectionSpecific(_ lowercasedName: String) -> Bool {
        switch lowercasedName {
        case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade": true
        default: false
        }
    }
}
