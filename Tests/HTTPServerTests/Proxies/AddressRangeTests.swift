import Testing

@testable import HTTPServer

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("10.9.9.9/8", "10.0.0.1", true), ("0.0.0.0/0", "192.0.2.1", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::/96", "2001:db8::1:0", true),
        ("2001:db8::/96", "2001:db8:0:0:0:1::", false), ("::/0", "2001:db8::1", true), ("::1", "::1", true),
        ("::1/128", "::2", false), ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("::ffff:10.0.0.1", "10.0.0.1", true),
        ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.200", true),
    ])
    func `A range has the addresses that share its first bits`(range: String, address: String, isIn: Bool) throws {
        let range = try #require(AddressRange(range))
        let address = try #require(ClientAddress(address.utf8))
        #expect(range.contains(address) == isIn)
    }

    @Test(arguments: [
        "", "/", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/8/8", "::/129", "10.0.0", "localhost",
        "10.0.0.1/+8",
        "[::1]", "1.2.3.4:80", "10.0.0.1/99999999999999999999",
    ])
    func `Anything else is no range`(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("10.1.1.1", true), ("172.31.0.1", true), ("172.32.0.1", false), ("192.168.9.9", true),
        ("169.254.1.1", true), ("8.8.8.8", false), ("::1", true), ("fd00::1", true), ("fe80::1", true),
        ("2001:db8::1", false), ("::ffff:127.0.0.1", true), ("100.64.0.1", false),
    ])
    func `Addresses that are not routed on the internet are local`(address: String, isLocal: Bool) throws {
        #expect(try #require(ClientAddress(address.utf8)).isLocal == isLocal)
    }
}
