/// A generator whose numbers are the same in each run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Octets that mean something in HTTP, or nearly do.
private let interesting: [UInt8] = Array("\r\n\0 \t:,;/?#*[]%\"0159afFxG\u{7f}\u{e4}".utf8)

extension [UInt8] {
    /// These bytes with one to four small changes.
    func mutated(with generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let index = Int.random(in: 0...bytes.count, using: &generator)
            let octet =
                Bool.random(using: &generator)
                ? interesting.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0...255, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where index < bytes.count: bytes[index] = octet
            case 1 where index < bytes.count: bytes.remove(at: index)
            case 2: bytes.insert(octet, at: index)
            case 3: bytes.insert(contentsOf: bytes[..<index].suffix(12), at: index)
            default: bytes.removeLast(Swift.min(bytes.count, Int.random(in: 0...3, using: &generator)))
            }
        }
        return bytes
    }
}
