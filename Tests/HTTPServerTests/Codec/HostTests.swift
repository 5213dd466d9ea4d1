import Testing

@testable import HTTPServer

@Suite struct HostTests {
    private func outcome(_ fields: String, version: String = "1.1") -> HeadOutcome? {
        HeadOutcome.both("GET / HTTP/\(version)\r\n\(fields)\r\n")
    }

    @Test(arguments: [
        "x", "example.com", "example.com:80", "h:", "h:0", "h:65535", "h:00080", "1.2.3.4:5", "[::1]", "[::1]:80",
        "[2001:db8::1.2.3.4]", "[v1.a:b]", "a_b", "a%20b", "a!$&'()*+,;=~", "xn--bcher-kva.example",
    ])
    func `A valid host is taken`(host: String) {
        #expect(outcome("Host: \(host)\r\n")?.head != nil)
    }

    @Test(arguments: [
        "", " ", ":80", "h:65536", "h:99999999999999999999", "h:-1", "h:8a", "h:80:80", "a b", "a/b", "a?b", "a#b",
        "u@h",
        "[::1", "::1", "[]", "[::1]80", "[::1]x", "[:::1]", "[1.2.3.4]", "[::1%25eth0]", "[v1]", "[v.a]", "[vg.a]",
        "a%2", "a%zz", "\u{e4}", "a\\b", "<a>", "\"a\"", "a,b:80,", "[::1]]",
        "[0000000000000000000000000000000000000000000000::1]",
    ])
    func `An invalid host is rejected`(host: String) {
        #expect(outcome("Host: \(host)\r\n")?.failure == .malformedHost)
    }

    @Test func `HTTP 1.1 needs a host and HTTP 1.0 does not`() {
        #expect(outcome("")?.failure == .missingHost)
        #expect(outcome("hos: x\r\nhostt: x\r\n")?.failure == .missingHost)
        #expect(outcome("", version: "1.0")?.head != nil)
    }

    @Test(arguments: ["1.0", "1.1"])
    func `Two hosts are rejected, also equal ones`(version: String) {
        #expect(outcome("Host: x\r\nHost: x\r\n", version: version)?.failure == .repeatedHost)
        #expect(outcome("Host: x\r\nHOST: y\r\n", version: version)?.failure == .repeatedHost)
    }
}
