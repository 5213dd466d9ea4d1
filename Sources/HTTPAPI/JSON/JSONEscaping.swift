/// Writes the text of JSON strings (RFC 8259 §7) into memory that is there already.
enum JSONEscaping {
    /// How many bytes one byte of text may take, as `\u0001`.
    static let maxGrowth = 6

    /// Writes `text` into `space`, which must have `maxGrowth` times its size; runs without escapes are copied whole.
    ///
    /// - Returns: how many bytes were written.
    static func write(_ text: UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer) -> Int {
        precondition(space.count >= text.count * maxGrowth, "too little space for the escapes of a text")
        var end = 0
        var runStart = 0
        func copyRun(to runEnd: Int) {
            guard runEnd > runStart else { return }
            let run = UnsafeRawBufferPointer(rebasing: text[runStart..<runEnd])
            UnsafeMutableRawBufferPointer(rebasing: space[end...]).copyMemory(from: run)
            end += run.count
        }
        for index in 0..<text.count {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            copyRun(to: index)
            runStart = index + 1
            end += writeEscape(of: byte, into: space, at: end)
        }
        copyRun(to: text.count)
        return end
    }

    private static func writeEscape(
        of byte: UInt8, into space: UnsafeMutableRawBufferPointer, at start: Int
    ) -> Int {
        space[start] = UInt8(ascii: "\\")
        if let letter = letter(of: byte) {
            space[start + 1] = letter
            return 2
        }
        space[start + 1] = UInt8(ascii: "u")
        space[start + 2] = UInt8(ascii: "0")
        space[start + 3] = UInt8(ascii: "0")
        space[start + 4] = hexDigit(byte >> 4)
        space[start + 5] = hexDigit(byte & 15)
        return 6
    }

    /// What stands behind the backslash of a short escape; nil where a byte has none.
    private static func letter(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case UInt8(ascii: "\n"): UInt8(ascii: "n")
        case UInt8(ascii: "\r"): UInt8(ascii: "r")
        case UInt8(ascii: "\t"): UInt8(ascii: "t")
        default: nil
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
