import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

@Suite struct BodyMemoryTests {
    private let chunked = "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func put(_ length: Int) -> String { "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n" }

    private func connection(
        _ handler: TestHandler = .echo, maximum: Int = 10, sharing bodies: BodyMemory? = nil,
        address: String? = nil
    ) throws -> EmbeddedConnection {
        var configuration = ServerConfiguration()
        configuration.maxBufferedBodies = maximum
        return try EmbeddedConnection(handler, configuration: configuration, bodies: bodies, address: address)
    }

    @Test func `A length that is declared and a body that comes at once count for nothing`() throws {
        let promise = EmbeddedPromise()
        let connection = try connection(TestHandler { _, _ in .pending(promise.future) })
        _ = try connection.send(put(1_000_000))
        #expect(connection.shared.bodies.count == 0)
        let other = try self.connection(TestHandler { _, _ in .pending(promise.future) })
        _ = try other.send(put(20) + String(repeating: "x", count: 20))
        #expect(other.shared.bodies.count == 0)
        promise.succeed(Response(status: .ok))
        #expect(try Answer(other.received())?.code == 200)
    }

    @Test func `A body of which nothing has come is not refused for want of room`() throws {
        let bodies = BodyMemory(maximum: 0)
        let connection = try connection(sharing: bodies)
        #expect(try connection.send(put(5)) == "")
        #expect(try connection.send("hello").hasSuffix("hello"))
    }

    @Test func `A body that comes in pieces counts until it is answered`() throws {
        let promise = EmbeddedPromise()
        let connection = try connection(TestHandler { _, _ in .pending(promise.future) })
        _ = try connection.send(put(10) + "123")
        #expect(connection.shared.bodies.count == 3)
        _ = try connection.send("4567")
        #expect(connection.shared.bodies.count == 7)
        #expect(try connection.send("890") == "")
        #expect(connection.shared.bodies.count == 10)
        promise.succeed(Response(status: .ok))
        #expect(try Answer(connection.received())?.code == 200)
        #expect(connection.shared.bodies.count == 0)
    }

    @Test func `A chunked body counts without its framing`() throws {
        let connection = try connection()
        _ = try connection.send(chunked + "3\r\n12")
        #expect(connection.shared.bodies.count == 2)
        _ = try connection.send("3\r\n4\r\n456")
        #expect(connection.shared.bodies.count == 6)
        #expect(try connection.send("7\r\n0\r\n\r\n").hasSuffix("\r\n\r\n1234567"))
        #expect(connection.shared.bodies.count == 0)
    }

    @Test(arguments: ["12345678901", "1234567890"])
    func `A body past the bound is refused and the connection closes`(rest: String) throws {
        let connection = try connection()
        #expect(try connection.send(put(1_000) + "1") == "")
        let refusal = try Answer(connection.send(rest))
        #expect(refusal?.code == 503)
        #expect(refusal?.field("Retry-After") == "1")
        #expect(refusal?.field("Connection") == "close")
        #expect(connection.shared.bodies.count == 0)
        #expect(try connection.send(put(1) + "1") == "")
    }

    @Test func `The last piece of a body counts too`() throws {
        let connection = try connection()
        #expect(try connection.send(put(11) + "1") == "")
        #expect(try Answer(connection.send("2345678901"))?.code == 503)
        #expect(connection.shared.bodies.count == 0)
    }

    @Test func `The bodies of all connections count together, and room is made by those that are answered`() throws {
        let bodies = BodyMemory(maximum: 10)
        let first = try connection(sharing: bodies)
        let refused = try connection(sharing: bodies)
        #expect(try first.send(put(7) + "123456") == "")
        #expect(try Answer(refused.send(put(7) + "123456"))?.code == 503)
        #expect(try Answer(first.send("7"))?.code == 200)
        let next = try connection(sharing: bodies)
        #expect(try next.send(put(7) + "123456") == "")
        #expect(try Answer(next.send("7"))?.code == 200)
        #expect(bodies.count == 0)
    }

    @Test(arguments: [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1")])
    func `One address holds at most half, which leaves the rest to others`(address: String, other: String) throws {
        let bodies = BodyMemory(maximum: 10)
        let first = try connection(sharing: bodies, address: address)
        #expect(try first.send(put(9) + "12345") == "")
        #expect(bodies.count == 5)
        let second = try connection(sharing: bodies, address: address)
        #expect(try Answer(second.send(put(9) + "1"))?.code == 503)
        let third = try connection(sharing: bodies, address: other)
        #expect(try third.send(put(9) + "12345") == "")
        #expect(bodies.addressCount == 2)
        first.channel.close(promise: nil)
        third.channel.close(promise: nil)
        #expect(bodies.count == 0)
        #expect(bodies.addressCount == 0)
        let again = try connection(sharing: bodies, address: address)
        #expect(try again.send(put(9) + "12345") == "")
    }

    @Test func `Addresses of one IPv6 network are one client, and none is any`() {
        let bodies = BodyMemory(maximum: 10)
        #expect(bodies.take(3, for: ClientAddress(ipv6High: 1, low: 1)))
        #expect(!bodies.take(3, for: ClientAddress(ipv6High: 1, low: 2)))
        #expect(bodies.take(2, for: ClientAddress(ipv6High: 1, low: 2)))
        #expect(bodies.take(5, for: nil))
        #expect(!bodies.take(1, for: nil))
        #expect(bodies.take(0, for: ClientAddress(ipv4: 1)))
        #expect(bodies.addressCount == 1)
        bodies.release(2, for: ClientAddress(ipv6High: 1, low: 1))
        bodies.release(5, for: nil)
        #expect(bodies.count == 3)
        bodies.release(3, for: ClientAddress(ipv6High: 1, low: 2))
        #expect(bodies.count == 0)
        #expect(bodies.addressCount == 0)
    }

    @Test func `A refusal and an answer give back exactly what their address held`() throws {
        let bodies = BodyMemory(maximum: 20)
        let promise = EmbeddedPromise()
        let handler = TestHandler { _, _ in .pending(promise.future) }
        let answered = try connection(handler, sharing: bodies, address: "192.0.2.1")
        #expect(try answered.send(put(4) + "123") == "")
        #expect(try answered.send("4") == "")
        let refused = try connection(sharing: bodies, address: "192.0.2.1")
        #expect(try refused.send(put(9) + "12345") == "")
        #expect(bodies.count == 9)
        #expect(try Answer(refused.send("67"))?.code == 503)
        #expect(bodies.count == 4)
        promise.succeed(Response(status: .ok))
        #expect(try Answer(answered.received())?.code == 200)
        #expect(bodies.addressCount == 0)
    }

    @Test func `A connection that ends in the middle of a body gives its bytes back`() throws {
        let connection = try connection()
        _ = try connection.send(put(10) + "123")
        connection.channel.close(promise: nil)
        #expect(connection.shared.bodies.count == 0)
    }

    @Test func `The body of an abandoned request counts until its handler has done with it`() throws {
        let promise = EmbeddedPromise()
        let connection = try connection(TestHandler { _, _ in .pending(promise.future) })
        _ = try connection.send(put(4) + "123")
        _ = try connection.send("4")
        connection.channel.close(promise: nil)
        #expect(connection.shared.bodies.count == 4)
        promise.succeed(Response(status: .ok))
        #expect(try connection.received() == "")
        #expect(connection.shared.bodies.count == 0)
    }

    @Test func `A body that is late gives its bytes back`() throws {
        let connection = try connection()
        _ = try connection.send(put(10) + "123")
        #expect(try Answer(connection.wait(.seconds(6)))?.code == 408)
        #expect(connection.shared.bodies.count == 0)
    }

    @Test func `A server keeps to the bound of its configuration`() async throws {
        try await withServer(.echo, configure: { $0.maxBufferedBodies = 1_000 }) { server in
            let client = try await TestClient(server)
            try await client.send(put(500_000) + String(repeating: "x", count: 500_000))
            #expect(Answer(await client.textToEnd())?.code == 503)
            #expect(!client.isReset)
        }
    }
}
