import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct ShutdownTests {
    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `Idle connections are closed and no new ones are taken`() async throws {
        // An address of its own: another server may get the port as soon as it is free.
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.host = "127.0.43.7"
            configuration.shutdownGrace = .seconds(60)
        }
        try await withServer(configure: configure) { server in
            let fresh = try await TestClient(server)
            let idle = try await TestClient(server)
            _ = try await idle.answer(to: get, endingIn: "/")
            await server.shutdown()
            #expect(await eventually { idle.isEnded && fresh.isEnded })
            await #expect(throws: (any Error).self) { try await TestClient(server) }
            await server.shutdown()
        }
    }

    @Test func `A request that is being answered is answered, and told that the connection ends`() async throws {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Response.self)
        let isAsked = Mutex(false)
        let handler = TestHandler { _, _ in
            isAsked.withLock { $0 = true }
            return .pending(promise.futureResult)
        }
        try await withServer(handler, configure: { $0.shutdownGrace = .seconds(60) }) { server in
            let client = try await TestClient(server)
            try await client.send(get + get)
            #expect(await eventually { isAsked.withLock { $0 } })
            // One on each event loop, which are closed when that loop begins to shut down.
            let idle = [try await TestClient(server), try await TestClient(server)]
            async let shutdown: Void = server.shutdown()
            #expect(await eventually { idle.allSatisfy(\.isEnded) })
            promise.succeed(Response(status: .ok, body: .bytes(ByteBuffer(string: "done"))))
            let text = await client.textToEnd()
            #expect(text.hasSuffix("Connection: close\r\n\r\ndone"))
            #expect(text.occurrences(of: "HTTP/1.1 ") == 1)
            try await client.close()
            await shutdown
        }
    }

    @Test func `A request that has not fully come is refused`() async throws {
        try await withServer { server in
            let client = try await TestClient(server)
            // With the first request's answer, the beginning of the second has come, too.
            try await client.send(get + "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")
            _ = await client.text { $0.contains("HTTP/1.1 200 ") }
            async let shutdown: Void = server.shutdown()
            #expect(await client.textToEnd().contains("HTTP/1.1 503 "))
            await shutdown
        }
    }

    @Test func `What does not end in time is cut off and its stream cancelled`() async throws {
        let stream = TestStream(pieces: ["hello"], last: .never)
        try await withServer(.streaming { _ in stream }) { server in
            let client = try await TestClient(server)
            try await client.send(get)
            _ = await client.text { $0.contains("hello") }
            let start = ContinuousClock.now
            await server.shutdown()
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(stream.cancelled == 1)
            #expect(await eventually { client.isEnded })
        }
    }
}

@Suite struct StartTests {
    private func start(_ host: String, _ port: Int) async -> ServerError? {
        var configuration = ServerConfiguration(host: host, port: port)
        configuration.shutdownGrace = .milliseconds(100)
        do {
            let server = try await HTTPServer.start(
                configuration: configuration, handler: TestHandler(), group: .singleton, logger: Logger(label: "test"))
            await server.shutdown()
            return nil
        } catch {
            return error as? ServerError
        }
    }

    @Test func `A port in use is named`() async throws {
        try await withServer { server in
            let error = await start("127.0.0.1", server.boundPort)
            #expect(error?.code == .addressInUse)
            #expect(error?.message.contains("127.0.0.1:\(server.boundPort)") == true)
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test(arguments: [("192.0.2.1", 0), ("no-such-host.invalid", 0), ("", 0), ("127.0.0.1", 65536), ("127.0.0.1", -1)])
    func `An address that is none of this machine's is named`(host: String, port: Int) async {
        #expect(await start(host, port)?.code == .invalidAddress)
    }

    @Test func `Any port and IPv6 can be listened on`() async {
        #expect(await start("127.0.0.1", 0) == nil)
        #expect(await start("localhost", 0) == nil)
    }
}
