/// The parts of a JSON text (RFC 8259) that is known to be valid, without the white space between them.
struct JSONTokens: Sequence, IteratorProtocol {
    enum Token {
        /// A bracket, a brace, a comma or a colon.
        case punctuation(UInt8)
        /// With its quotes and escapes.
        case string(ArraySlice<UInt8>)
        /// A number, `true`, `false` or `null`.
        case literal(ArraySlice<UInt8>)
    }

    private let text: ArraySlice<UInt8>
    /// Where the next part begins, once a part was read: behind the last one.
    private(set) var position: Int

    init(_ text: ArraySlice<UInt8>) {
        self.text = text
        position = text.startIndex
    }

    mutating func next() -> Token? {
        while let byte = byte, byte <= 0x20 { position += 1 }
        let start = position
        switch byte {
        case nil:
            return nil
        case UInt8(ascii: "\""):
            skipString()
            return .string(text[start..<position])
        case let byte? where Self.isPunctuation(byte):
            position += 1
            return .punctuation(byte)
        default:
            while let byte, byte > 0x20, !Self.isPunctuation(byte) { position += 1 }
            return .literal(text[start..<position])
        }
    }

    private var byte: UInt8? { position < text.endIndex ? text[position] : nil }

    private mutating func skipString() {
        position += 1
        while let byte {
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { break }
        }
        position = Swift.min(position, text.endIndex)
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
