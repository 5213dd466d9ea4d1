import HTTPServer
import KeyValueStore

/// The secret that administrators of a server show, as a Bearer (RFC 6750 §2.1).
public struct AdminToken: Sendable {
    /// Fewer characters could be guessed.
    public static let lengthMin = 16

    private let bytes: [UInt8]

    /// Nil where `text` is too short, or has other than visible ASCII characters, which a header field can't carry.
    public init?(_ text: String) {
        guard text.utf8.count >= Self.lengthMin, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        bytes = Array(text.utf8)
    }

    /// Whether `request` shows it. Compared in constant time.
    func isShown(by request: Request) -> Bool {
        guard request.headerCount(.authorization) == 1 else { return false }
        return request.withHeaderBytes(.authorization) { header in
            guard let header, header.count > Self.scheme.count,
                header.prefix(Self.scheme.count).elementsEqual(Self.scheme, by: { $0 | 0x20 == $1 })
            else { return false }
            return ConstantTime.equal(Array(header.dropFirst(Self.scheme.count).drop { $0 == 0x20 }), bytes)
        }
    }

    private static let scheme = Array("bearer ".utf8)
}
