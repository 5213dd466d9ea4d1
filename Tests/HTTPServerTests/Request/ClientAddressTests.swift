import NIOCore
import Testing

@testable import HTTPServer

@Suite struct ClientAddressTests {
    private func address(_ text: String) throws -> ClientAddress? {
        ClientAddress(try SocketAddress(ipAddress: text, port: 80))
    }

    @Test(arguments: [
        "127.0.0.1", "255.254.253.252", "0.0.0.0", "::1", "2001:db8::1:2", "::", "fe80::1", "::ffff:1.2.3.4",
    ])
    func `An address is written in the usual notation`(text: String) throws {
        #expect(try address(text)?.description == text)
    }

    @Test func `A socket without an address has none`() throws {
        #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/tmp/x")) == nil)
    }

    @Test func `Requests are counted by the 64 highest bits of an IPv6 address`() throws {
        #expect(try address("2001:db8:1:2:3:4:5:6")?.rateLimitKey == address("2001:db8:1:2::9")?.rateLimitKey)
        #expect(try address("2001:db8:1:2::")?.rateLimitKey != address("2001:db8:1:3::")?.rateLimitKey)
        #expect(try address("2001:db8:1:2:3::")?.rateLimitKey.description == "2001:db8:1:2::")
    }

    @Test func `Requests are counted by the whole of an IPv4 address, also of one in IPv6`() throws {
        #expect(try address("1.2.3.4")?.rateLimitKey != address("1.2.3.5")?.rateLimitKey)
        #expect(try address("::ffff:1.2.3.4")?.rateLimitKey == address("1.2.3.4"))
        #expect(try address("::1.2.3.4")?.rateLimitKey != address("1.2.3.4"))
    }
}
