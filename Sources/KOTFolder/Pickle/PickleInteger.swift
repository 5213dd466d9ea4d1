/// The integers of Python, which have any size.
enum PickleInteger {
    /// From an argument in decimal.
    static func node(decimal line: ArraySlice<UInt8>) throws(PickleError) -> PickleNode {
        let isNegative = line.first == UInt8(ascii: "-")
        let digits = isNegative ? line.dropFirst() : line
        guard !digits.isEmpty, digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            throw .damaged("an integer is no number")
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        guard significant.count <= PickleLimits.digitCountMax else { throw tooLarge }
        let text = (isNegative ? "-" : "") + String(decoding: significant, as: UTF8.self)
        return significant.isEmpty ? .int(0) : Int64(text).map { .int($0) } ?? .bigInt(text)
    }

    /// From two's complement, little-endian.
    static func node(twosComplement bytes: ArraySlice<UInt8>) throws(PickleError) -> PickleNode {
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        let filler: UInt8 = isNegative ? 0xFF : 0
        if bytes.count <= 8 {
            let bits = bytes.reversed().reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
            return .int(Int64(bitPattern: bits))
        }
        // Five bytes have room for twelve digits.
        guard bytes.count <= PickleLimits.digitCountMax * 5 / 12 else { throw tooLarge }
        var words = stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
            (0..<4).reversed().reduce(UInt32(0)) { word, offset in
                let index = start + offset
                return word << 8 | UInt32(index < bytes.endIndex ? bytes[index] : filler)
            }
        }
        if isNegative { negate(&words) }
        let digits = decimal(of: words)
        guard digits.utf8.count <= PickleLimits.digitCountMax else { throw tooLarge }
        let text = (isNegative ? "-" : "") + digits
        return Int64(text).map { .int($0) } ?? .bigInt(text)
    }

    private static func negate(_ words: inout [UInt32]) {
        var carry = true
        for index in words.indices {
            let (word, overflow) = (~words[index]).addingReportingOverflow(carry ? 1 : 0)
            words[index] = word
            carry = overflow
        }
    }

    /// Nine digits at a time, from the last.
    private static func decimal(of words: [UInt32]) -> String {
        var words = words
        var groups: [UInt32] = []
        while let last = words.last {
            if last == 0 {
                words.removeLast()
                continue
            }
            var remainder: UInt64 = 0
            for index in words.indices.reversed() {
                let part = remainder << 32 | UInt64(words[index])
                words[index] = UInt32(truncatingIfNeeded: part / 1_000_000_000)
                remainder = part % 1_000_000_000
            }
            groups.append(UInt32(truncatingIfNeeded: remainder))
        }
        guard let first = groups.popLast() else { return "0" }
        return groups.reversed().reduce(into: String(first)) { text, group in
            let digits = String(group)
            text += String(repeating: "0", count: 9 - digits.utf8.count) + digits
        }
    }

    private static let tooLarge = PickleError("an integer has more than \(PickleLimits.digitCountMax) digits")
}
