import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct TrafficTests {
    private struct Classifier: RequestClassifier {
        let kinds = ["one", "two"]

        func kind(of request: Request) -> Int {
            request.withPathBytes { $0.count > 2 ? 1 : 0 }
        }
    }

    private func connection(_ handler: TestHandler = TestHandler()) throws -> EmbeddedConnection {
        var configuration = ServerConfiguration()
        configuration.traffic = Traffic(classifier: Classifier())
        return try EmbeddedConnection(handler, configuration: configuration)
    }

    private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    @Test func `Requests are counted by kind, method and status`() throws {
        let connection = try connection(
            TestHandler { request, _ in
                .ready(Response(status: request.path == "/teapot" ? Status(code: 218) : .notFound))
            })
        _ = try connection.send(get("/a") + get("/b") + get("/long"))
        _ = try connection.send("PURGE /a HTTP/1.1\r\nHost: x\r\n\r\n" + get("/teapot"))
        let statistics = connection.shared.statistics
        typealias Answered = TrafficStatistics.Answered
        #expect(
            statistics.answered == [
                Answered(kind: "one", method: "GET", status: 404, count: 2),
                Answered(kind: "one", method: "other", status: 404, count: 1),
                Answered(kind: "two", method: "GET", status: 404, count: 1),
                Answered(kind: "two", method: "GET", status: nil, count: 1),
            ])
        #expect(statistics.durations.map(\.count) == [0, 3, 2])
        #expect(statistics.requestsInFlight == 0)
    }

    @Test func `What never became a request is counted apart`() throws {
        let connection = try connection()
        _ = try connection.send("nonsense\r\n\r\n")
        #expect(
            connection.shared.statistics.answered == [
                .init(kind: "invalid", method: "other", status: 400, count: 1)
            ])
    }

    @Test func `A body that is refused or too slow counts as its request`() throws {
        let refused = try connection(TestHandler(limit: 10))
        _ = try refused.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n")
        #expect(refused.shared.statistics.answered == [.init(kind: "one", method: "PUT", status: 413, count: 1)])
        let slow = try connection()
        _ = try slow.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n")
        _ = try slow.wait(.minutes(10))
        #expect(slow.shared.statistics.answered == [.init(kind: "one", method: "PUT", status: 408, count: 1)])
    }

    @Test func `A request is in flight until its answer begins or its client is gone`() throws {
        let promises = Mutex<[EventLoopPromise<Response>]>([])
        let handler = TestHandler { _, eventLoop in
            let promise = eventLoop.makePromise(of: Response.self)
            promises.withLock { $0.append(promise) }
            return .pending(promise.futureResult)
        }
        let first = try connection(handler)
        _ = try first.send(get("/a"))
        #expect(first.shared.statistics.requestsInFlight == 1)
        promises.withLock { $0 }[0].succeed(Response(status: .ok))
        _ = try first.received()
        #expect(first.shared.statistics.requestsInFlight == 0)
        _ = try first.send(get("/a"))
        try first.channel.close().wait()
        #expect(first.shared.statistics.requestsInFlight == 0)
        #expect(first.shared.statistics.abandonedCount == 1)
        promises.withLock { $0 }[1].succeed(Response(status: .ok))
        #expect(first.shared.statistics.openConnections == 0)
        #expect(first.shared.statistics.acceptedConnections == 1)
    }

    @Test func `Bytes are counted both ways`() throws {
        let connection = try connection()
        let request = get("/a")
        let answer = try connection.send(request)
        #expect(connection.shared.statistics.receivedBytes == UInt64(request.utf8.count))
        #expect(connection.shared.statistics.sentBytes == UInt64(answer.utf8.count))
    }

    @Test func `Those of all event loops are told together`() async throws {
        let traffic = Traffic(classifier: Classifier())
        try await withServer(configure: { $0.traffic = traffic }) { server in
            for _ in 0..<6 {
                let client = try await TestClient(server)
                try await client.send("GET /a HTTP/1.0\r\n\r\n")
                _ = await client.textToEnd()
            }
            let statistics = try await traffic.statistics(on: MultiThreadedEventLoopGroup.singleton.next()).get()
            #expect(statistics.answered == [.init(kind: "one", method: "GET", status: 200, count: 6)])
            #expect(statistics.acceptedConnections == 6)
        }
    }
}
