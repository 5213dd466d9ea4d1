import NIOCore
import Testing

@testable import HTTPServer

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

@Suite struct MutationTests {
    private static let interesting: [UInt8] = Array("\r\n\0 \t:,;/?#*[]%\"0159afFxG\u{7f}\u{e4}".utf8)

    private func mutate(_ seed: [UInt8], with generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let index = Int.random(in: 0...bytes.count, using: &generator)
            let octet =
                Bool.random(using: &generator)
                ? MutationTests.interesting.randomElement(using: &generator) ?? 0
                : UInt8.random(in: 0...255, using: &generator)
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

    @Test func `Mutated heads never crash and don't depend on how they are cut`() {
        let seeds = [
            "GET /a?b HTTP/1.1\r\nHost: x:80\r\n\r\n",
            "POST http://[::1]:8/ HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 9223372036854775807\r\n\r\n",
            "\r\nPUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
        ].map { Array($0.utf8) }
        var generator = SeededGenerator(state: 1)
        var heads = 0
        for round in 0..<25_000 {
            let bytes = mutate(seeds[round % seeds.count], with: &generator)
            let whole = HeadOutcome(whole: bytes, maximumSize: 120)
            let bytewise = HeadOutcome(bytewise: bytes, maximumSize: 120)
            if whole != bytewise { Issue.record("\(bytes): \(whole), \(bytewise)") }
            if whole.head != nil { heads += 1 }
        }
        // Neither all nor none, or the test says nothing.
        #expect((1_000...24_000).contains(heads))
    }

    @Test func `Mutated chunks never crash and don't depend on how they are cut`() {
        let seeds = [
            "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\na: b\r\n\r\n", "1\r\nx\r\n0\r\n\r\n", "7fffffffffffff\r\nabc",
        ].map { Array($0.utf8) }
        var generator = SeededGenerator(state: 2)
        var bodies = 0
        for round in 0..<25_000 {
            let bytes = mutate(seeds[round % seeds.count], with: &generator)
            let whole = ChunkedOutcome(bytes, piecesOf: max(bytes.count, 1), limit: 40)
            for size in [1, 3] {
                let pieces = ChunkedOutcome(bytes, piecesOf: size, limit: 40)
                if whole != pieces { Issue.record("\(bytes): \(whole), \(pieces)") }
            }
            if case .body = whole { bodies += 1 }
        }
        #expect((1_000...24_000).contains(bodies))
    }
}
