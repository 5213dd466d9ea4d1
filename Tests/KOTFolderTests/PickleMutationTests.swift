import StorageTesting
import Testing

@testable import KOTFolder

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
        var generator = SeededGenerator(seed: 1)
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
