import NIOCore
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct TrustedProxiesTests {
    /// The client of a request from 10.0.0.1, where 10.0.0.0/8 and 2001:db8:1::/48 are trusted.
    private func client(_ fields: [String], from peer: String = "10.0.0.1") throws -> String? {
        let proxies = try #require(TrustedProxies("10.0.0.0/8, 2001:db8:1::/48"))
        let request = try Request(method: .get, target: "/", headers: fields.map { ("X-Forwarded-For", $0) })
        return proxies.client(of: request.head, from: ClientAddress(peer.utf8))?.description
    }

    @Test(arguments: [
        (["192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        (["6.6.6.6, 192.0.2.1, 10.0.0.2 ,\t10.0.0.3"], "192.0.2.1"),
        (["6.6.6.6", "192.0.2.1", "10.0.0.2"], "192.0.2.1"),
        (["192.0.2.1:1234"], "192.0.2.1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:443, 2001:db8:1::9"], "2001:db8::1"),
        (["::ffff:192.0.2.1, ::ffff:10.0.0.9"], "::ffff:192.0.2.1"),
        (["192.0.2.1,, ,"], "192.0.2.1"),
    ])
    func `The client is the last address that is no trusted proxy`(fields: [String], client: String) throws {
        #expect(try self.client(fields) == client)
    }

    @Test(arguments: [
        ([], "10.0.0.1"), ([""], "10.0.0.1"), (["10.0.0.7, 10.0.0.2"], "10.0.0.7"), (["unknown"], "10.0.0.1"),
        (["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2"), (["192.0.2.1, _hidden"], "10.0.0.1"),
        (["192.0.2.1:80x"], "10.0.0.1"), (["192.0.2.1:"], "10.0.0.1"), (["[2001:db8::1"], "10.0.0.1"),
        (["[2001:db8::1]x"], "10.0.0.1"), (["192.0.2.256"], "10.0.0.1"), (["fe80::1%eth0"], "10.0.0.1"),
        (["192.0.2.1 192.0.2.2"], "10.0.0.1"), ([String(repeating: "1", count: 9000)], "10.0.0.1"),
    ])
    func `Without one, or where something else stands there, it is the last that was good`(
        fields: [String], client: String
    ) throws {
        #expect(try self.client(fields) == client)
    }

    @Test func `Nobody else is believed`() throws {
        #expect(try client(["192.0.2.1"], from: "192.0.2.9") == "192.0.2.9")
        let request = try Request(method: .get, target: "/", headers: [("X-Forwarded-For", "192.0.2.1")])
        let peer = ClientAddress("10.0.0.1".utf8)
        #expect(TrustedProxies().client(of: request.head, from: peer) == peer)
        #expect(TrustedProxies("0.0.0.0/0")?.client(of: request.head, from: nil) == nil)
    }

    @Test func `Only so many proxies in a row are followed`() throws {
        let row = (1...200).map { "10.0.1.\($0)" }.joined(separator: ",")
        #expect(try client(["192.0.2.1," + row]) == "10.0.1.169")
    }

    @Test(arguments: ["10.0.0.1,", "x", "10.0.0.1 10.0.0.2", "", "10.0.0.0/40"])
    func `A list with anything else in it is none`(text: String) {
        #expect(TrustedProxies(text) == nil)
    }

    @Test func `A request, its body's memory and its failures are the client's`() throws {
        var configuration = ServerConfiguration()
        configuration.trustedProxies = try #require(TrustedProxies("192.0.2.1"))
        configuration.maxBufferedBodies = 400_000
        let bodies = BodyMemory(maximum: configuration.maxBufferedBodies)
        let seen = Mutex<[String]>([])
        let handler = TestHandler { request, _ in
            seen.withLock { $0.append(request.remoteAddress?.description ?? "none") }
            return .ready(Response(status: .ok))
        }
        let connection = try EmbeddedConnection(handler, configuration: configuration, bodies: bodies)
        let head = { (client: String, size: Int) in
            "PUT / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: \(client)\r\nContent-Length: \(size)\r\n\r\n"
        }
        #expect(try connection.send(head("198.51.100.1", 0)).hasPrefix("HTTP/1.1 200"))
        _ = try connection.send(head("198.51.100.2", 150_000) + String(repeating: "x", count: 100_000))
        let second = try #require(ClientAddress("198.51.100.2".utf8))
        // Half of the memory is for one address: what is left of its share.
        #expect(bodies.take(100_000, for: second))
        #expect(!bodies.take(1, for: second))
        #expect(bodies.take(100_000, for: ClientAddress("198.51.100.3".utf8)))
        #expect(bodies.addressCount == 2)
        bodies.release(100_000, for: second)
        bodies.release(100_000, for: ClientAddress("198.51.100.3".utf8))
        #expect(try connection.send(String(repeating: "x", count: 50_000)).hasPrefix("HTTP/1.1 200"))
        #expect(seen.withLock { $0 } == ["198.51.100.1", "198.51.100.2"])
        #expect(bodies.count == 0)
        #expect(bodies.addressCount == 0)
    }
}
