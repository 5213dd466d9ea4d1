import FoundationEssentials

/// Base64 of URLs and file names without padding (RFC 4648 §5, RFC 7515 §2).
enum Base64URL {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let text = Data(bytes).base64EncodedData().prefix { $0 != UInt8(ascii: "=") }
        return String(decoding: text.map { replacing($0, "+", "-", "/", "_") }, as: UTF8.self)
    }

    /// The bytes; nil where `text` is not what `encode` writes: padding, other characters and stray bits are refused, so
    /// that no two texts are the same bytes.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let padding = repeatElement(UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        guard let bytes = Data(base64Encoded: Data(text.map { replacing($0, "-", "+", "_", "/") } + padding)),
            encode(bytes).utf8.elementsEqual(text)
        else { return nil }
        return Array(bytes)
    }

    private static func replacing(
        _ byte: UInt8, _ first: Unicode.Scalar, _ newFirst: Unicode.Scalar, _ second: Unicode.Scalar,
        _ newSecond: Unicode.Scalar
    ) -> UInt8 {
        switch byte {
        case UInt8(ascii: first): UInt8(ascii: newFirst)
        case UInt8(ascii: second): UInt8(ascii: newSecond)
        default: byte
        }
    }
}
