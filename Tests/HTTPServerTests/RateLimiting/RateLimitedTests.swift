import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

@Suite struct RateLimitedTests {
    private let client = ClientAddress(ipv4: 1)

    private func handler(
        _ text: String, _ handler: TestHandler = TestHandler()
    ) throws -> RateLimited {
        RateLimited(handler, limiters: [RateLimiter(try #require(RateLimit(text))) { .zero }])
    }

    private func response(_ reply: Reply) -> Response? {
        if case .ready(let response) = reply { response } else { nil }
    }

    @Test func `Every answer says where the client stands, and one past the limit is 429`() throws {
        let handler = try handler("1/h")
        let loop = EmbeddedEventLoop()
        let request = try Request(method: .get, target: "/", remoteAddress: client)
        let first = response(handler.handle(request, on: loop))
        #expect(first?.status == .ok)
        #expect(first?.headers.first("X-Ratelimit-Limit") == "1")
        #expect(first?.headers.first("X-Ratelimit-Remaining") == "0")
        #expect(first?.headers.first("X-Ratelimit-Reset") == "3600")
        #expect(first?.headers.first("Retry-After") == nil)
        let second = response(handler.handle(request, on: loop))
        #expect(second?.status == .tooManyRequests)
        #expect(second?.headers.first("X-Ratelimit-Remaining") == "0")
        #expect(second?.headers.first("Retry-After") == "3600")
    }

    @Test func `A body that is too large counts, and past the limit the answer is 429`() throws {
        let handler = try handler("1/h")
        let request = try Request(method: .put, target: "/", remoteAddress: client)
        let loop = EmbeddedEventLoop()
        let first = response(handler.refuseBody(of: request, size: 1, limit: 0, on: loop))
        #expect(first?.status.code == 413)
        #expect(first?.headers.first("X-Ratelimit-Remaining") == "0")
        let second = response(handler.refuseBody(of: request, size: 1, limit: 0, on: loop))
        #expect(second?.status == .tooManyRequests)
        #expect(second?.headers.first("X-Ratelimit-Remaining") == "0")
        #expect(second?.headers.first("Retry-After") == "3600")
    }

    @Test func `What is no request counts, and past the limit the answer is 429`() throws {
        let handler = try handler("2/h")
        for remaining in ["1", "0"] {
            let answer = handler.response(to: .missingHost, from: client)
            #expect(answer.status == .badRequest)
            #expect(answer.headers.first("X-Ratelimit-Remaining") == remaining)
            #expect(answer.headers.first("Retry-After") == nil)
        }
        let refusal = handler.response(to: .missingHost, from: client)
        #expect(refusal.status == .tooManyRequests)
        #expect(refusal.headers.first("X-Ratelimit-Limit") == "2")
        #expect(refusal.headers.first("Retry-After") == "3600")
        let request = try Request(method: .get, target: "/", remoteAddress: client)
        #expect(response(handler.handle(request, on: EmbeddedEventLoop()))?.status == .tooManyRequests)
    }

    @Test func `The connection closes after the refusal of what is no request`() throws {
        let handler = try handler("1/h")
        #expect(try Answer(EmbeddedConnection(handling: handler).send("nonsense\r\n"))?.code == 400)
        let connection = try EmbeddedConnection(handling: handler)
        let refusal = try Answer(connection.send("nonsense\r\n"))
        #expect(refusal?.code == 429)
        #expect(refusal?.field("Connection") == "close")
        #expect(refusal?.body.hasSuffix("\n") == true)
        #expect(try connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == "")
    }

    @Test func `A refusal says once when to try again, also where the server has no room`() throws {
        let handler = try handler("1/h")
        var configuration = ServerConfiguration()
        configuration.maxBufferedBodies = 0
        let put = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"
        for (code, seconds) in [(503, "1"), (429, "3600")] {
            let text = try EmbeddedConnection(handling: handler, configuration: configuration).send(put)
            #expect(Answer(text)?.code == code)
            #expect(Answer(text)?.field("Retry-After") == seconds)
            #expect(text.occurrences(of: "Retry-After:") == 1)
        }
    }

    @Test func `A promised answer that fails says where the client stands and counts once`() throws {
        let failing = TestHandler { _, loop in .pending(loop.makeFailedFuture(ChannelError.eof)) }
        let connection = try EmbeddedConnection(handling: handler("2/h", failing))
        for (code, remaining) in [(500, "1"), (500, "0"), (429, "0")] {
            let answer = try Answer(connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
            #expect(answer?.code == code)
            #expect(answer?.field("X-Ratelimit-Limit") == "2")
            #expect(answer?.field("X-Ratelimit-Remaining") == remaining)
            #expect(answer?.field("Connection") == nil)
        }
    }

    @Test func `An answer for which there is no room says where the client stands and counts once`() throws {
        let large = TestHandler { _, _ in
            .ready(Response(status: .ok, body: .bytes(ByteBuffer(repeating: 120, count: 100_000))))
        }
        var configuration = ServerConfiguration()
        configuration.maxBufferedBodies = 0
        let connection = try EmbeddedConnection(handling: handler("2/h", large), configuration: configuration)
        for (code, remaining) in [(503, "1"), (503, "0"), (429, "0")] {
            let answer = try Answer(connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
            #expect(answer?.code == code)
            #expect(answer?.field("X-Ratelimit-Remaining") == remaining)
        }
    }

    @Test func `A connection without an address has no limit`() throws {
        let handler = try handler("1/h")
        let loop = EmbeddedEventLoop()
        let request = try Request(method: .get, target: "/")
        for _ in 0..<3 {
            let answer = response(handler.handle(request, on: loop))
            #expect(answer?.status == .ok)
            #expect(answer?.headers.first("X-Ratelimit-Limit") == nil)
            #expect(response(handler.refuseBody(of: request, size: 1, limit: 0, on: loop))?.status.code == 413)
            let failure = handler.response(to: .missingHost, from: nil)
            #expect(failure.status == .badRequest)
            #expect(failure.headers.first("X-Ratelimit-Limit") == nil)
        }
    }
}
