import NIOCore
import NIOPosix
import Testing

@testable import HTTPServer

/// What only a socket shows.
@Suite struct SocketTests {
    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `A promise of another thread is answered, in order`() async throws {
        let elsewhere = MultiThreadedEventLoopGroup.singleton
        let handler = TestHandler { request, _ in
            let loop = elsewhere.next()
            let delay = TimeAmount.milliseconds(request.path == "/0" ? 30 : 1)
            return .pending(
                loop.scheduleTask(in: delay) {
                    Response(status: .ok, body: .bytes(ByteBuffer(string: "<\(request.path)>")))
                }.futureResult)
        }
        try await withServer(handler) { server in
            let client = try await TestClient(server)
            try await client.send((0..<5).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
            let text = await client.text { $0.hasSuffix("</4>") }
            #expect(text.split(separator: "<").dropFirst().map { $0.prefix(2) } == ["/0", "/1", "/2", "/3", "/4"])
        }
    }

    @Test func `The client's address is known`() async throws {
        let handler = TestHandler { request, _ in
            .ready(Response(status: .ok, body: .bytes(ByteBuffer(string: request.remoteAddress?.description ?? "?"))))
        }
        try await withServer(handler) { server in
            let client = try await TestClient(server)
            #expect(try await client.answer(to: get, endingIn: "127.0.0.1")?.body == "127.0.0.1")
        }
    }

    @Test func `A client that asked for the end gets it at once`() async throws {
        try await withServer(configure: { $0.lingerTimeout = .seconds(60) }) { server in
            let client = try await TestClient(server)
            try await client.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(await client.textToEnd().hasSuffix("/a"))
        }
    }

    @Test func `A client that closed its side gets the answers to what it sent`() async throws {
        let handler = TestHandler { _, loop in
            .pending(
                loop.scheduleTask(in: .milliseconds(20)) { Response(status: .ok) }.futureResult)
        }
        try await withServer(handler) { server in
            let client = try await TestClient(server)
            try await client.send(get + get + "GET / HT")
            try await client.channel.close(mode: .output).get()
            let text = await client.textToEnd()
            #expect(text.occurrences(of: "HTTP/1.1 200 OK") == 2)
            #expect(text.occurrences(of: "HTTP/1.1 ") == 2)
            #expect(!client.isReset)
        }
    }

    @Test(arguments: [10, 2_000])
    func `A client that closed its side within a body behind a pending answer gets that and the end at once`(
        length: Int
    ) async throws {
        var handler = TestHandler { request, loop in
            .pending(
                loop.scheduleTask(in: .milliseconds(100)) {
                    Response(status: .ok, body: .bytes(request.body))
                }.futureResult)
        }
        handler.limit = 1_000
        try await withServer(handler, configure: { $0.bodyGrace = .seconds(60) }) { server in
            let client = try await TestClient(server)
            func put(_ length: Int) -> String { "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n" }
            try await client.send(put(1) + "1" + put(length) + "12345")
            try await client.channel.close(mode: .output).get()
            #expect(Answer(await client.textToEnd())?.code == 200)
            #expect(client.isEnded)
            #expect(!client.isReset)
        }
    }

    @Test func `A client that sends on after a refusal can read the refusal`() async throws {
        try await withServer(TestHandler(limit: 5)) { server in
            let client = try await TestClient(server)
            let size = 4_000_000
            try await client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n")
            try await client.channel.writeAndFlush(ByteBuffer(repeating: 120, count: size)).get()
            #expect(Answer(await client.textToEnd())?.code == 413)
            #expect(!client.isReset)
        }
    }

    @Test func `A client that sends on after a refusal for ever is cut off`() async throws {
        try await withServer(TestHandler(limit: 5), configure: { $0.lingerTimeout = .milliseconds(200) }) { server in
            let client = try await TestClient(server)
            try await client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(Int.max)\r\n\r\n")
            let isCut = await eventually {
                (try? await client.send("x")) == nil
            }
            #expect(isCut)
            #expect(Answer(client.text)?.code == 413)
        }
    }

    @Test func `Fields of 1,8 MB are refused and not kept`() async throws {
        try await withServer { server in
            let client = try await TestClient(server)
            let field = "X: " + String(repeating: "x", count: 997) + "\r\n"
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: field, count: 1_800))
            #expect(Answer(await client.textToEnd())?.code == 431)
            #expect(!client.isReset)
        }
    }

    @Test func `Requests behind one that is being answered are not read without end`() async throws {
        let never = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Response.self)
        try await withServer(TestHandler { _, _ in .pending(never.futureResult) }) { server in
            let client = try await TestClient(server)
            let burst = ByteBuffer(string: String(repeating: get, count: 1_000_000))
            client.channel.writeAndFlush(burst, promise: nil)
            try await Task.sleep(for: .milliseconds(300))
            let buffered = try await client.channel.getOption(.bufferedWritableBytes).get()
            #expect(buffered > burst.readableBytes / 4)
            try await client.close()
            never.succeed(Response(status: .ok))
        }
    }

    @Test func `Answers that the client does not take stop the requests behind them`() async throws {
        let body = ByteBuffer(repeating: 120, count: 100_000)
        let count = TestStream { _ in .end }
        let handler = TestHandler { _, loop in
            _ = count.next(on: loop)
            return .ready(Response(status: .ok, body: .bytes(body)))
        }
        try await withServer(handler) { server in
            let client = try await TestClient(server, reads: false)
            try await client.send(String(repeating: get, count: 1_000))
            #expect(await eventually { count.asked > 0 })
            try await Task.sleep(for: .milliseconds(300))
            #expect(count.asked < 500)
            try await client.channel.setOption(.autoRead, value: true).get()
            #expect(await eventually(within: .seconds(10)) { client.count > 1_000 * 100_000 })
            #expect(count.asked == 1_000)
        }
    }

    @Test func `Connections past the most are told so, and room is made by those that end`() async throws {
        try await withServer(configure: { $0.maxConnections = 2 }) { server in
            let first = try await TestClient(server)
            let second = try await TestClient(server)
            for client in [first, second] { #expect(try await client.answer(to: get, endingIn: "/")?.code == 200) }
            let third = try await TestClient(server)
            let refusal = Answer(await third.textToEnd())
            #expect(refusal?.code == 503)
            #expect(refusal?.field("Retry-After") == "1")
            #expect(refusal?.field("Connection") == "close")
            try await third.close()
            try await first.close()
            let isServed = try await eventually {
                let next = try await TestClient(server)
                let text = try await next.answer(to: get, endingIn: "/")
                try await next.close()
                return text?.code == 200
            }
            #expect(isServed)
        }
    }
}
