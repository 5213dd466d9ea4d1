import NIOCore
import Testing

@testable import HTTPServer

@Suite struct MutationTests {
    @Test func `Mutated heads never crash and don't depend on how they are cut`() {
        let seeds = [
            "GET /a?b HTTP/1.1\r\nHost: x:80\r\n\r\n",
            "POST http://[::1]:8/ HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 9223372036854775807\r\n\r\n",
            "\r\nPUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
        ].map { Array($0.utf8) }
        var generator = SeededGenerator(state: 1)
        var heads = 0
        for round in 0..<25_000 {
            let bytes = seeds[round % seeds.count].mutated(with: &generator)
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
            let bytes = seeds[round % seeds.count].mutated(with: &generator)
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
