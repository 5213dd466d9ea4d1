import NIOCore
import Testing

@testable import HTTPServer

/// Timeouts without a socket: the time of a look is given, so that no test waits.
@Suite struct TimeoutTests {
    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    private let put = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"

    @Test func `A head that takes too long is answered with 408 and the connection ends`() throws {
        let connection = try EmbeddedConnection()
        #expect(try connection.send("GET / HTTP/1.1\r\nHos") == "")
        #expect(try connection.wait(.seconds(9)) == "")
        let answer = try Answer(connection.wait(.seconds(11)))
        #expect(answer?.code == 408)
        #expect(answer?.field("Connection") == "close")
        #expect(try connection.send("t: x\r\n\r\n") == "")
    }

    @Test func `The time of a later head is counted from its first byte`() throws {
        let connection = try EmbeddedConnection()
        // The wait for the second request began a minute ago.
        #expect(try connection.wait(.seconds(-60)) == "")
        #expect(try connection.send(get) != "")
        #expect(try connection.send("GET / ") == "")
        #expect(try connection.wait(.seconds(9)) == "")
        #expect(try Answer(connection.wait(.seconds(11)))?.code == 408)
    }

    @Test func `A connection that never sends anything is closed without a word`() throws {
        let connection = try EmbeddedConnection()
        #expect(try connection.wait(.seconds(9)) == "")
        #expect(connection.channel.isActive)
        #expect(try connection.wait(.seconds(11)) == "")
        #expect(!connection.channel.isActive)
    }

    @Test func `An idle connection is closed without a word`() throws {
        let connection = try EmbeddedConnection()
        _ = try connection.send(get)
        #expect(try connection.wait(.seconds(74)) == "")
        #expect(connection.channel.isActive)
        #expect(try connection.wait(.seconds(80)) == "")
        #expect(!connection.channel.isActive)
    }

    @Test func `A body slower than the least rate is answered with 408`() throws {
        let connection = try EmbeddedConnection()
        #expect(try connection.send(put) == "")
        #expect(try connection.wait(.seconds(4)) == "")
        #expect(try connection.send("x") == "")
        #expect(try Answer(connection.wait(.seconds(6)))?.code == 408)
    }

    @Test func `A body that keeps to the least rate has its time`() throws {
        let connection = try EmbeddedConnection()
        #expect(try connection.send(put + String(repeating: "x", count: 2_400)) == "")
        #expect(try connection.wait(.seconds(4)) == "")
        #expect(try connection.send(String(repeating: "x", count: 2_400)) == "")
        #expect(try connection.wait(.seconds(12)) == "")
        #expect(try Answer(connection.wait(.seconds(25)))?.code == 408)
    }

    @Test func `A large body must keep to a higher rate beyond its first 64 KiB`() throws {
        let connection = try EmbeddedConnection()
        #expect(try connection.send(put) == "")
        #expect(try connection.send(String(repeating: "x", count: 70_000)) == "")
        #expect(try connection.wait(.seconds(25)) == "")
        // Enough for the least rate of any body.
        #expect(try connection.send(String(repeating: "x", count: 12_000)) == "")
        #expect(try connection.wait(.seconds(29)) == "")
        #expect(try Answer(connection.wait(.seconds(32)))?.code == 408)
        #expect(connection.shared.bodies.count == 0)
    }

    @Test func `A large body that keeps to the higher rate has its time, and one of 64 KiB needs not`() throws {
        let size = 64 * 1024
        let large = try EmbeddedConnection()
        let head = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
        #expect(try large.send(head) == "")
        #expect(try large.send(String(repeating: "x", count: size)) == "")
        for time in stride(from: Int64(20), through: 40, by: 20) {
            #expect(try large.wait(.seconds(time)) == "")
            #expect(try large.send(String(repeating: "x", count: 16 * 1024 * 20)) == "")
        }
        #expect(try large.wait(.seconds(65)) == "")
        let small = try EmbeddedConnection()
        #expect(try small.send(put) == "")
        #expect(try small.send(String(repeating: "x", count: size - 20_000)) == "")
        #expect(try small.wait(.seconds(25)) == "")
        #expect(try small.send(String(repeating: "x", count: 12_000)) == "")
        #expect(try small.wait(.seconds(50)) == "")
        #expect(try Answer(small.wait(.seconds(56)))?.code == 408)
    }

    @Test func `A body has an end to its time whatever its rate`() throws {
        var configuration = ServerConfiguration()
        configuration.requestTimeout = .seconds(20)
        configuration.writeStallTimeout = .seconds(1_000)
        let connection = try EmbeddedConnection(configuration: configuration)
        _ = try connection.send(put + String(repeating: "x", count: 90_000))
        #expect(try connection.wait(.seconds(4)) == "")
        _ = try connection.send(String(repeating: "x", count: 9_000))
        #expect(try connection.wait(.seconds(19)) == "")
        #expect(try Answer(connection.wait(.seconds(21)))?.code == 408)
    }

    @Test func `A request that is being answered has no timeout`() throws {
        let promise = EmbeddedPromise()
        let connection = try EmbeddedConnection(TestHandler { _, _ in .pending(promise.future) })
        #expect(try connection.send(get) == "")
        #expect(try connection.wait(.hours(1)) == "")
        promise.succeed(Response(status: .ok))
        #expect(try Answer(connection.received())?.code == 200)
    }

    @Test func `A body that is thrown away too slowly ends the connection without a second answer`() throws {
        let connection = try EmbeddedConnection(TestHandler(limit: 5))
        #expect(try Answer(connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"))?.code == 413)
        #expect(try connection.wait(.seconds(20)) == "")
        #expect(!connection.channel.isActive)
    }

    @Test func `The rate is that of the whole, with a most amount of slack`() {
        let start = NIODeadline.now()
        var rate = MinimumRate(bytesPerSecond: 100, grace: .seconds(5), slack: .seconds(30), now: start)
        #expect(!rate.isMissed(at: start + .seconds(5)))
        #expect(rate.isMissed(at: start + .seconds(6)))
        rate.record(1_000, now: start + .seconds(1))
        #expect(!rate.isMissed(at: start + .seconds(15)))
        #expect(rate.isMissed(at: start + .seconds(16)))
        rate.record(Int.max, now: start + .seconds(1))
        #expect(!rate.isMissed(at: start + .seconds(31)))
        #expect(rate.isMissed(at: start + .seconds(32)))
        rate.record(-1, now: start + .seconds(1))
        #expect(rate.isMissed(at: start + .seconds(32)))
    }
}

/// Timeouts over a socket, shortened.
@Suite struct SocketTimeoutTests {
    @Test func `A slow head and a slow body are cut off while a good client is served`() async throws {
        try await withServer(
            configure: {
                $0.headerTimeout = .seconds(1)
                $0.bodyGrace = .seconds(1)
                $0.lingerTimeout = .milliseconds(100)
            }
        ) { server in
            let slowHead = try await TestClient(server)
            try await slowHead.send("GET / HTTP/1.1\r\n")
            let slowBody = try await TestClient(server)
            try await slowBody.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
            let good = try await TestClient(server)
            for number in 0..<5 {
                let answer = try await good.answer(
                    to: "GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n", endingIn: "/\(number)")
                #expect(answer?.code == 200)
            }
            #expect(Answer(await slowHead.textToEnd())?.code == 408)
            #expect(Answer(await slowBody.textToEnd())?.code == 408)
        }
    }

    @Test(arguments: [false, true])
    func `A client that takes nothing of an answer is cut off, whether or not that has an end`(
        isEndless: Bool
    ) async throws {
        let stream = TestStream(isEndless: isEndless) { _ in .bytes(ByteBuffer(repeating: 120, count: 64 * 1024)) }
        try await withServer(.streaming { _ in stream }, configure: { $0.writeStallTimeout = .milliseconds(300) }) {
            server in
            let client = try await TestClient(server, reads: false)
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await eventually { stream.cancelled == 1 })
        }
    }
}
