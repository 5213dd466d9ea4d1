import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

/// Streams that have no end of their own.
@Suite struct EndlessStreamTests {
    private let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    /// A stream of one piece, and of a second one that comes when the test gives it.
    private struct Waiting {
        let stream: TestStream
        private let loop = EmbeddedEventLoop()
        private let promise: EventLoopPromise<ByteBuffer?>

        init(isEndless: Bool = true) {
            promise = loop.makePromise()
            let later = promise.futureResult
            stream = TestStream(isEndless: isEndless) { $0 == 0 ? .bytes(ByteBuffer(string: "hello")) : .later(later) }
        }

        func give(_ piece: String?) {
            promise.succeed(piece.map { ByteBuffer(string: $0) })
            loop.run()
        }
    }

    @Test(arguments: [true, false])
    func `It may go on for any time, however long it waits for a piece, which no other stream may`(
        isEndless: Bool
    ) throws {
        let waiting = Waiting(isEndless: isEndless)
        let connection = try EmbeddedConnection(.streaming { _ in waiting.stream })
        #expect(try Answer(connection.send(request))?.body == "5\r\nhello\r\n")
        for hours in 1...24 { #expect(try connection.wait(.hours(Int64(hours))) == "") }
        #expect(connection.channel.isActive == isEndless)
        #expect(waiting.stream.cancelled == (isEndless ? 0 : 1))
        waiting.give(nil)
        #expect(try connection.received() == (isEndless ? "0\r\n\r\n" : ""))
        if isEndless { #expect(try Answer(connection.send(request))?.code == 200) }
    }

    @Test func `A shutdown ends it at once and in order, and the piece that comes then is thrown away`() throws {
        let waiting = Waiting()
        let connection = try EmbeddedConnection(.streaming { _ in waiting.stream })
        _ = try connection.send(request)
        _ = connection.shared.drain()
        #expect(waiting.stream.cancelled == 1)
        #expect(try connection.received() == "0\r\n\r\n")
        #expect(!connection.channel.isActive)
        waiting.give("late")
        #expect(try connection.received() == "")
        #expect(waiting.stream.asked == 2)
        #expect(waiting.stream.cancelled == 1)
    }

    @Test func `A shutdown lets a stream that has an end come to it`() throws {
        let waiting = Waiting(isEndless: false)
        let connection = try EmbeddedConnection(.streaming { _ in waiting.stream })
        _ = try connection.send(request)
        _ = connection.shared.drain()
        #expect(try connection.received() == "")
        #expect(connection.channel.isActive)
        waiting.give(nil)
        #expect(try connection.received() == "0\r\n\r\n")
        #expect(!connection.channel.isActive)
        #expect(waiting.stream.cancelled == 0)
    }

    @Test func `One that is promised only when the server shuts down ends with its head`() throws {
        let waiting = Waiting()
        let promise = EmbeddedPromise()
        let connection = try EmbeddedConnection(TestHandler { _, _ in .pending(promise.future) })
        #expect(try connection.send(request) == "")
        _ = connection.shared.drain()
        promise.succeed(Response(status: .ok, body: .stream(waiting.stream)))
        let answer = try Answer(connection.received())
        #expect(answer?.field("Connection") == "close")
        #expect(answer?.body == "0\r\n\r\n")
        #expect(!connection.channel.isActive)
        #expect(waiting.stream.asked == 0)
        #expect(waiting.stream.cancelled == 1)
        waiting.give(nil)
    }

    @Test(arguments: ["1.0", "1.1"])
    func `A shutdown does not wait for it, and the client sees the body's end as its version has it`(
        version: String
    ) async throws {
        let stream = TestStream(isEndless: true, pieces: ["hello"], last: .never)
        try await withServer(
            .streaming { _ in stream },
            configure: {
                $0.shutdownGrace = .seconds(60)
                $0.lingerTimeout = .milliseconds(100)
            }
        ) { server in
            let client = try await TestClient(server)
            try await client.send("GET / HTTP/\(version)\r\nHost: x\r\n\r\n")
            _ = await client.text { $0.contains("hello") }
            let start = ContinuousClock.now
            await server.shutdown()
            #expect(ContinuousClock.now - start < .seconds(30))
            let answer = Answer(await client.textToEnd())
            #expect(answer?.body == (version == "1.0" ? "hello" : "5\r\nhello\r\n0\r\n\r\n"))
            #expect(!client.isReset)
            #expect(stream.cancelled == 1)
        }
    }

    @Test func `A HEAD cancels it and the connection goes on`() throws {
        let waiting = Waiting()
        let connection = try EmbeddedConnection(.streaming { _ in waiting.stream })
        let answer = try Answer(connection.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"))
        #expect(answer?.field("Transfer-Encoding") == "chunked")
        #expect(answer?.body == "")
        #expect(waiting.stream.asked == 0)
        #expect(waiting.stream.cancelled == 1)
        #expect(try Answer(connection.send(request))?.code == 200)
        waiting.give(nil)
    }

    @Test func `It ends at once where the client closes its side`() throws {
        let waiting = Waiting()
        let connection = try EmbeddedConnection(.streaming { _ in waiting.stream })
        #expect(try connection.wait(.seconds(5)) == "")
        _ = try connection.send(request)
        #expect(waiting.stream.cancelled == 0)
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try connection.received() == "0\r\n\r\n")
        #expect(!connection.channel.isActive)
        #expect(waiting.stream.cancelled == 1)
        waiting.give("late")
        #expect(try connection.received() == "")
        #expect(waiting.stream.cancelled == 1)
    }

    @Test func `A client that goes away while a piece is awaited cancels it once`() async throws {
        let stream = TestStream(isEndless: true, pieces: ["hello"], last: .never)
        try await withServer(.streaming { _ in stream }) { server in
            let client = try await TestClient(server)
            try await client.send(request)
            _ = await client.text { $0.contains("hello") }
            try await client.reset()
            #expect(await eventually { stream.cancelled == 1 })
        }
        #expect(stream.cancelled == 1)
    }
}
