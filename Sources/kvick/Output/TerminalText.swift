import HTTPAPI

/// Text that a terminal shows and does nothing else with: stored keys and values may hold its control sequences (ECMA-48).
enum TerminalText {
    /// The bytes with `?` for each control character but line ends and tabs; what is not valid UTF-8 is repaired.
    static func filtered(_ bytes: [UInt8]) -> [UInt8] {
        let isPlain = bytes.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }
        return isPlain ? bytes : Array(filtered(String(decoding: bytes, as: UTF8.self)).utf8)
    }

    static func filtered(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\t": false
        default: scalar.steersDisplay
        }
    }
}
