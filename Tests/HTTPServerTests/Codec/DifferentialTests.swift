import Testing

@testable import HTTPServer

@Suite struct DifferentialTests {
    @Test func `What is taken for a request is the same request to another reader, to the byte`() {
        var generator = RequestGenerator(seed: 1)
        var agreed = 0
        var known: Set<StreamComparison.KnownDifference> = []
        var rejections = 0
        for _ in 0..<4_000 {
            let bytes = generator.connection()
            let comparison = StreamComparison(bytes)
            if let fault = comparison.fault {
                Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription): \(fault)")
            }
            agreed += comparison.agreed
            if let difference = comparison.known { known.insert(difference) }
            if case .rejected = comparison.ours.end { rejections += 1 }
        }
        // Neither all nor none, or the test says nothing.
        #expect(agreed > 2_000)
        #expect((1_000...3_500).contains(rejections))
        // One that NIOHTTP1 has no more is to be struck from the list.
        #expect(known == Set(StreamComparison.KnownDifference.allCases))
    }
}
