import HTTPServer
import NIOCore
import NIOPosix
import Testing

@testable import KVdbAPI

@Suite("Memory of large answers")
struct AnswerMemoryTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    @Test("A body is handed out whole, in pieces, with its length")
    func pieces() async throws {
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0) }
        guard case .stream(let stream) = AnswerMemory(limit: 1).body(ByteBuffer(bytes: bytes)) else {
            Issue.record("expected a stream")
            return
        }
        #expect(stream.length == bytes.count)
        var taken: [UInt8] = []
        while let piece = try await stream.next(on: eventLoop).get() { taken += Array(piece.readableBytesView) }
        #expect(taken == bytes)
    }

    @Test("There is room until answers hold as much as they may, and again once one is sent or dropped")
    func room() throws {
        let memory = AnswerMemory(limit: 100)
        do {
            let first = memory.body(ByteBuffer(repeating: 1, count: 99))
            try memory.requireRoom()
            let second = memory.body(ByteBuffer(repeating: 1, count: 99))
            #expect(throws: APIError.self) { try memory.requireRoom() }
            withExtendedLifetime((first, second)) {}
        }
        try memory.requireRoom()
    }

    @Test("While there is no room a transaction is 503 and changes nothing")
    func refusal() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let held = test.api.answerMemory.body(ByteBuffer(repeating: 1, count: 256 << 20))
        for operation in [#"{"get":"k"}"#, #"{"set":"k","value":1}"#] {
            let answer = try await test.send(.post, bucket, #"{"txn":[\#(operation)]}"#)
            #expect(answer.status == 503)
            #expect(answer.field("Retry-After") != nil)
        }
        #expect(try await test.send(.get, "\(bucket)/k").status == 404)
        withExtendedLifetime(held) {}
        try await test.close()
    }
}
