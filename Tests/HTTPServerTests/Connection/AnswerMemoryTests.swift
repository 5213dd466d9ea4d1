import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

/// Large answers count in the memory for bodies until they are written.
@Suite struct AnswerMemoryTests {
    /// Answers with as many bytes as the path says.
    private static let sized = TestHandler { request, _ in
        .ready(
            Response(status: .ok, body: .bytes(ByteBuffer(repeating: 120, count: Int(request.path.dropFirst()) ?? 0))))
    }

    private func get(_ size: Int, _ method: String = "GET") -> String {
        "\(method) /\(size) HTTP/1.1\r\nHost: x\r\n\r\n"
    }

    private func connection(
        _ handler: TestHandler = sized, sharing bodies: BodyMemory
    ) throws -> (EmbeddedConnection, WriteHolder) {
        let connection = try EmbeddedConnection(handler, bodies: bodies, address: nil)
        let holder = WriteHolder()
        try connection.channel.pipeline.syncOperations.addHandler(holder, position: .first)
        return (connection, holder)
    }

    @Test func `A large answer counts until it is written`() throws {
        let bodies = BodyMemory(maximum: 100_000)
        let (connection, holder) = try connection(sharing: bodies)
        #expect(try connection.send(get(100_000)) == "")
        #expect(bodies.count == 100_000)
        holder.letGo()
        #expect(try Answer(connection.received())?.body.utf8.count == 100_000)
        #expect(bodies.count == 0)
    }

    @Test func `The answers of one connection count together`() throws {
        let bodies = BodyMemory(maximum: 1_000_000)
        let (connection, holder) = try connection(sharing: bodies)
        #expect(try connection.send(get(100_000) + get(200_000)) == "")
        #expect(bodies.count == 300_000)
        holder.letGo()
        #expect(bodies.count == 0)
    }

    @Test func `An answer of a connection that ends counts no more`() throws {
        let bodies = BodyMemory(maximum: 1_000_000)
        let (connection, holder) = try connection(sharing: bodies)
        #expect(try connection.send(get(100_000) + get(100_000)) == "")
        #expect(bodies.count == 200_000)
        connection.channel.close(promise: nil)
        #expect(bodies.count == 0)
        holder.letGo()
        #expect(try connection.received() == "")
        #expect(bodies.count == 0)
    }

    @Test func `A shutdown counts an answer until it is written`() throws {
        let bodies = BodyMemory(maximum: 1_000_000)
        let (connection, holder) = try connection(sharing: bodies)
        #expect(try connection.send("GET /100000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == "")
        _ = connection.shared.drain()
        #expect(bodies.count == 100_000)
        holder.letGo()
        #expect(try Answer(connection.received())?.body.utf8.count == 100_000)
        #expect(bodies.count == 0)
        #expect(!connection.channel.isActive)
    }

    @Test func `A small answer and one that has no body cost nothing`() throws {
        let bodies = BodyMemory(maximum: 0)
        let (connection, holder) = try connection(sharing: bodies)
        #expect(try connection.send(get(64 * 1024) + get(100_000, "HEAD")) == "")
        holder.letGo()
        #expect(try connection.received().occurrences(of: "HTTP/1.1 200 OK") == 2)
        let notModified = TestHandler { _, _ in
            let body = ByteBuffer(repeating: 120, count: 100_000)
            return .ready(Response(status: Status(code: 304, reason: "Not Modified"), body: .bytes(body)))
        }
        #expect(try Answer(EmbeddedConnection(notModified, bodies: bodies).send(get(0)))?.code == 304)
    }

    @Test(arguments: [("GET", "1"), ("POST", nil)])
    func `One for which there is no room is refused, and may be asked for again where the request changes nothing`(
        method: String, retryAfter: String?
    ) throws {
        let bodies = BodyMemory(maximum: 100_000)
        let (connection, holder) = try connection(sharing: bodies)
        #expect(try connection.send(get(100_001, method) + get(100_000)) == "")
        #expect(bodies.count == 100_000)
        holder.letGo()
        let text = try connection.received()
        #expect(Answer(text)?.code == 503)
        #expect(Answer(text)?.field("Retry-After") == retryAfter)
        #expect(Answer(text)?.field("Connection") == nil)
        #expect(text.occurrences(of: "HTTP/1.1 200 OK") == 1)
        #expect(bodies.count == 0)
    }

    @Test func `The answers of all connections count together, and room is made by those that are written`() throws {
        let bodies = BodyMemory(maximum: 100_000)
        let (first, holder) = try connection(sharing: bodies)
        #expect(try first.send(get(70_000)) == "")
        let second = try EmbeddedConnection(Self.sized, bodies: bodies, address: nil)
        #expect(try Answer(second.send(get(70_000)))?.code == 503)
        holder.letGo()
        #expect(try Answer(second.send(get(70_000)))?.code == 200)
        #expect(bodies.count == 0)
    }

    @Test func `A request's body makes room for its answer`() throws {
        let bodies = BodyMemory(maximum: 70_000)
        let (connection, holder) = try connection(.echo, sharing: bodies)
        let body = String(repeating: "x", count: 69_999)
        _ = try connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + body)
        #expect(bodies.count == 69_999)
        #expect(try connection.send("x") == "")
        #expect(bodies.count == 70_000)
        holder.letGo()
        #expect(try Answer(connection.received())?.code == 200)
        #expect(bodies.count == 0)
    }

    @Test func `An answer that comes when its connection has ended does not count`() throws {
        let bodies = BodyMemory(maximum: 1_000_000)
        let promise = EmbeddedPromise()
        let (connection, _) = try connection(TestHandler { _, _ in .pending(promise.future) }, sharing: bodies)
        #expect(try connection.send(get(0)) == "")
        connection.channel.close(promise: nil)
        promise.succeed(Response(status: .ok, body: .bytes(ByteBuffer(repeating: 120, count: 100_000))))
        #expect(try connection.received() == "")
        #expect(bodies.count == 0)
    }

    @Test func `A large answer must be taken within a time by its size`() throws {
        let bodies = BodyMemory(maximum: 1_000_000)
        let (connection, _) = try connection(sharing: bodies)
        #expect(try connection.send(get(655_360)) == "")
        #expect(try connection.wait(.seconds(39)) == "")
        #expect(connection.channel.isActive)
        #expect(bodies.count == 655_360)
        #expect(try connection.wait(.seconds(41)) == "")
        #expect(!connection.channel.isActive)
        #expect(bodies.count == 0)
    }

    @Test func `Each of the answers in a row has a time of its own, and one that is taken has none`() throws {
        let bodies = BodyMemory(maximum: 1_000_000)
        let (connection, holder) = try connection(sharing: bodies)
        #expect(try connection.send(get(655_360)) == "")
        holder.letGo()
        #expect(try Answer(connection.received())?.code == 200)
        #expect(try connection.wait(.seconds(41)) == "")
        #expect(connection.channel.isActive)
        #expect(try connection.send(get(100_000) + get(655_360)) == "")
        #expect(try connection.wait(.seconds(31)) == "")
        #expect(connection.channel.isActive)
        #expect(try connection.wait(.seconds(33)) == "")
        #expect(!connection.channel.isActive)
        #expect(bodies.count == 0)
    }

    @Test func `The time for an answer is no longer than that for a streamed one`() {
        var configuration = ServerConfiguration()
        #expect(configuration.largeAnswerTime(64 * 1024 * 60) == .seconds(90))
        #expect(configuration.largeAnswerTime(1 << 40) == .minutes(10))
        configuration.maxStreamDuration = .seconds(20)
        #expect(configuration.largeAnswerTime(1) == .seconds(20))
    }

    @Test func `A connection that takes a large answer too slowly is reset`() async throws {
        try await withServer(
            Self.sized,
            configure: {
                $0.writeStallTimeout = .minutes(10)
                $0.largeAnswerGrace = .milliseconds(200)
                $0.minLargeAnswerRate = Self.large
            }
        ) { server in
            let bodies = try await server.bodies
            let client = try await TestClient(server, reads: false)
            try await client.send(get(Self.large))
            #expect(await eventually { bodies.count == Self.large })
            #expect(await eventually { bodies.count == 0 })
            // A client that reads nothing may find its connection closed by now.
            try? await client.channel.setOption(.autoRead, value: true).get()
            #expect(await eventually { client.isEnded })
            #expect(client.count < Self.large)
        }
    }

    enum End: CaseIterable {
        case reset, stall, read, halfClosedAndRead, shutdown
    }

    /// More than the system's buffers for a connection take.
    private static let large = 32 << 20

    @Test(arguments: End.allCases)
    func `Over a socket an answer counts until its connection ends, exactly once`(end: End) async throws {
        try await withServer(
            Self.sized,
            configure: {
                $0.maxBufferedBodies = 2 * Self.large
                if end == .stall { $0.writeStallTimeout = .seconds(2) }
            }
        ) { server in
            let bodies = try await server.bodies
            let client = try await TestClient(server, reads: false)
            try await client.send(get(Self.large))
            #expect(await eventually { bodies.count == Self.large })
            switch end {
            case .reset: try await client.reset()
            case .stall: break
            case .read: try await client.channel.setOption(.autoRead, value: true).get()
            case .halfClosedAndRead:
                try await client.channel.close(mode: .output).get()
                try await client.channel.setOption(.autoRead, value: true).get()
            case .shutdown: await server.shutdown()
            }
            #expect(await eventually { bodies.count == 0 })
            try await client.close()
            await server.shutdown()
            #expect(bodies.count == 0)
        }
    }
}
