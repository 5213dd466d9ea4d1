import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct StreamingTests {
    private let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `A stream of no known length is sent in chunks`() throws {
        let stream = TestStream(pieces: ["hello", "", "0123456789abcdef"])
        let connection = try EmbeddedConnection(.streaming { _ in stream })
        let answer = try Answer(connection.send(request))
        #expect(answer?.field("Transfer-Encoding") == "chunked")
        #expect(answer?.body == "5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n")
        #expect(stream.cancelled == 0)
    }

    @Test func `A last piece that is more than the channel takes at once has its end before the stream's`() async throws
    {
        let piece = ByteBuffer(repeating: UInt8(ascii: "a"), count: 200_000)
        let handler = TestHandler.streaming { loop in
            TestStream { number in
                guard number == 0 else { return .end }
                return .later(loop.scheduleTask(in: .milliseconds(1)) { () -> ByteBuffer? in piece }.futureResult)
            }
        }
        try await withServer(handler) { server in
            let client = try await TestClient(server)
            try await client.send(request)
            let text = await client.text { $0.utf8.count > 200_000 && $0.hasSuffix("\r\n\r\n") }
            #expect(text.suffix(6) == "aa\r\n0\r\n\r\n")
        }
    }

    @Test func `A stream of a known length is sent as it is, and the next request is answered`() throws {
        let connection = try EmbeddedConnection(.streaming { _ in TestStream(length: 10, pieces: ["hello", "world"]) })
        let text = try connection.send(request + request)
        #expect(text.occurrences(of: "Content-Length: 10\r\n\r\nhelloworld") == 2)
    }

    @Test func `A stream to HTTP 1.0 ends with the connection`() async throws {
        try await withServer(.streaming { _ in TestStream(pieces: ["hello", "world"]) }) { server in
            let client = try await TestClient(server)
            try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(await client.textToEnd().hasSuffix("Connection: close\r\n\r\nhelloworld"))
            #expect(!client.isReset)
        }
    }

    @Test(arguments: [
        TestStream(pieces: ["hello"], last: .failure), TestStream(length: 10, pieces: ["hello"]),
        TestStream(length: 4, pieces: ["hello"]),
    ])
    func `A stream that fails or has not its length ends the connection without an end of the body`(
        stream: TestStream
    ) async throws {
        try await withServer(.streaming { _ in stream }) { server in
            let client = try await TestClient(server)
            try await client.send(request)
            let text = await client.textToEnd()
            #expect(client.isEnded)
            #expect(!text.hasSuffix("0\r\n\r\n"))
            #expect(text.occurrences(of: "HTTP/1.1 ") <= 1)
        }
    }

    @Test func `A stream cut short for HTTP 1.0 ends in a reset, since an orderly end would be the body's`()
        async throws
    {
        try await withServer(.streaming { _ in TestStream(pieces: ["hello"], last: .failure) }) { server in
            let client = try await TestClient(server)
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            #expect(await eventually { client.isReset })
        }
    }

    @Test func `Pieces are asked for only as the client takes them`() async throws {
        let piece = ByteBuffer(repeating: 120, count: 64 * 1024)
        let stream = TestStream { $0 < 1_000 ? .bytes(piece) : .end }
        try await withServer(.streaming { _ in stream }) { server in
            let client = try await TestClient(server, reads: false)
            try await client.send(request)
            #expect(await eventually { stream.asked > 1 })
            // The system's buffers fill up, and then nothing more is asked for.
            #expect(await isSettled(stream))
            #expect(stream.asked < 500)
            try await client.channel.setOption(.autoRead, value: true).get()
            let bytes = 1_000 * (64 * 1024)
            #expect(await eventually(within: .seconds(10)) { client.count > bytes })
            #expect(await client.text { $0.hasSuffix("\r\n0\r\n\r\n") }.hasSuffix("\r\n0\r\n\r\n"))
            #expect(stream.cancelled == 0)
        }
    }

    private func isSettled(_ stream: TestStream) async -> Bool {
        for _ in 0..<40 {
            let asked = stream.asked
            try? await Task.sleep(for: .milliseconds(100))
            if asked == stream.asked { return true }
        }
        return false
    }

    @Test func `A stream is cancelled once if the client goes away`() async throws {
        let piece = ByteBuffer(repeating: 120, count: 64 * 1024)
        let stream = TestStream { _ in .bytes(piece) }
        try await withServer(.streaming { _ in stream }) { server in
            let client = try await TestClient(server, reads: false)
            try await client.send(request)
            #expect(await eventually { stream.asked > 1 })
            try await client.close()
            #expect(await eventually { stream.cancelled > 0 })
        }
        #expect(stream.cancelled == 1)
    }

    @Test func `A stream that waits for its piece is cancelled some time after the client closed its side`()
        async throws
    {
        let stream = TestStream(pieces: ["hello"], last: .never)
        try await withServer(.streaming { _ in stream }, configure: { $0.headerTimeout = .seconds(4) }) {
            server in
            let client = try await TestClient(server)
            try await client.send(request)
            #expect(await eventually { client.text.contains("hello") })
            #expect(stream.cancelled == 0)
            try await client.close()
            #expect(await eventually { stream.cancelled == 1 })
        }
    }

    @Test(arguments: [true, false])
    func `A stream that takes too long is cut short, whether for want of pieces or of a client that reads`(
        reads: Bool
    ) async throws {
        let piece = ByteBuffer(repeating: 120, count: 64 * 1024)
        let stream = TestStream { reads && $0 > 0 ? .never : .bytes(piece) }
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.maxStreamDuration = .milliseconds(300)
            configuration.minLongStreamRate = 1 << 40
        }
        try await withServer(.streaming { _ in stream }, configure: configure) { server in
            let start = ContinuousClock.now
            let client = try await TestClient(server, reads: reads)
            try await client.send(request)
            #expect(await eventually { stream.cancelled == 1 })
            #expect(ContinuousClock.now - start > .milliseconds(200))
            // A client that reads nothing may find its connection closed by now.
            try? await client.channel.setOption(.autoRead, value: true).get()
            #expect(await eventually { client.isEnded })
            #expect(client.isReset || !reads)
            #expect(!client.text.hasSuffix("\r\n0\r\n\r\n"))
        }
    }

    @Test func `A stream that the client takes fast enough may take longer`() async throws {
        let stopped = Mutex(false)
        let piece = ByteBuffer(repeating: 120, count: 16)
        let stream = TestStream { _ in stopped.withLock { $0 } ? .end : .bytes(piece) }
        let configure = { @Sendable (configuration: inout ServerConfiguration) in
            configuration.maxStreamDuration = .milliseconds(50)
            configuration.minLongStreamRate = 1
        }
        try await withServer(.streaming { _ in stream }, configure: configure) { server in
            let client = try await TestClient(server)
            try await client.send(request)
            let start = ContinuousClock.now
            #expect(await eventually { ContinuousClock.now - start > .milliseconds(200) })
            stopped.withLock { $0 = true }
            #expect(await eventually { client.text.hasSuffix("\r\n0\r\n\r\n") })
            #expect(stream.cancelled == 0)
        }
    }

    @Test func `A stream whose pieces are there at once does not keep others from their turn`() async throws {
        let handler = TestHandler { request, _ in
            guard request.path == "/stream" else {
                return .ready(Response(status: .ok, body: .bytes(ByteBuffer(string: "done"))))
            }
            return .ready(Response(status: .ok, body: .stream(TestStream { _ in .bytes(ByteBuffer()) })))
        }
        try await withServer(handler) { server in
            let endless = [try await TestClient(server), try await TestClient(server)]
            for client in endless { try await client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") }
            let client = try await TestClient(server)
            #expect(try await client.answer(to: request, endingIn: "done")?.code == 200)
        }
    }
}
