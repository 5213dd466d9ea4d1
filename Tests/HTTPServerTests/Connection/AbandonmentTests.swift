import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct AbandonmentTests {
    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Keeps the request that comes, and has the client wait for its answer.
    private final class Pending: Sendable {
        private let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Response.self)
        private let kept = Mutex<Request?>(nil)

        var request: Request? { kept.withLock { $0 } }

        var handler: TestHandler {
            TestHandler { request, _ in
                self.kept.withLock { $0 = request }
                return .pending(self.promise.futureResult)
            }
        }

        func answer() {
            promise.succeed(Response(status: .ok))
        }
    }

    @Test func `A pending request whose client resets the connection is abandoned`() async throws {
        let pending = Pending()
        try await withServer(pending.handler) { server in
            let client = try await TestClient(server)
            try await client.send(get)
            #expect(await eventually { pending.request != nil })
            #expect(pending.request?.isAbandoned == false)
            try await client.reset()
            #expect(await eventually { pending.request?.isAbandoned == true })
            pending.answer()
        }
    }

    @Test func `A pending request whose client closed its side alone is not abandoned`() async throws {
        let pending = Pending()
        try await withServer(pending.handler) { server in
            let client = try await TestClient(server)
            try await client.send(get)
            try await client.channel.close(mode: .output).get()
            #expect(await eventually { pending.request != nil })
            try await Task.sleep(for: .milliseconds(50))
            #expect(pending.request?.isAbandoned == false)
            pending.answer()
            #expect(Answer(await client.textToEnd())?.code == 200)
            #expect(await eventually { pending.request?.isAbandoned == true })
        }
    }
}
