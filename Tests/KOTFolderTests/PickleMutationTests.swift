import Testing

@testable import KOTFolder

/// A generator whose numbers are the same in each run (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct PickleMutationTests {
    private static let operations: [UInt8] =
        Array("().012FIJKLMNPQRSTUVX]abcdeghijlopqrstu}GBC'\n\\x".utf8) + Array(0x80...0x98)

    private func mutate(_ seed: [UInt8], with generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let index = Int.random(in: 0...bytes.count, using: &generator)
            let octet =
                Bool.random(using: &generator)
                ? Self.operations.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0...255, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where index < bytes.count: bytes[index] = octet
            case 1 where index < bytes.count: bytes.remove(at: index)
            case 2: bytes.insert(octet, at: index)
            case 3: bytes.insert(contentsOf: bytes[..<index].suffix(12), at: index)
            default: bytes.removeLast(min(bytes.count, Int.random(in: 0...3, using: &generator)))
            }
        }
        return bytes
    }

    @Test func `Mutated pickles never crash`() {
        var generator = SeededGenerator(state: 1)
        var readCount = 0
        for round in 0..<60_000 {
            let bytes = mutate(SamplePickles.all[round % SamplePickles.all.count], with: &generator)
            guard let value = try? PickleValue(pickle: bytes) else { continue }
            _ = try? value.json()
            readCount += 1
        }
        // Neither all nor none, or the test says nothing.
        #expect((1_000...59_000).contains(readCount))
    }
}
