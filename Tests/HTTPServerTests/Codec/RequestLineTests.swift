import Testing

@testable import HTTPServer

@Suite struct RequestLineTests {
    private func outcome(_ line: String) -> HeadOutcome? {
        HeadOutcome.both(line + "\r\nHost: x\r\n\r\n")
    }

    @Test(arguments: [
        ("GET", Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("PATCH", .patch), ("DELETE", .delete),
        ("OPTIONS", .options), ("PURGE", .other("PURGE")), ("get", .other("get")), ("GE", .other("GE")),
        ("!#$%&'*+-.^_`|~09", .other("!#$%&'*+-.^_`|~09")),
    ])
    func `A token is a method`(token: String, method: Method) {
        #expect(outcome("\(token) / HTTP/1.1")?.head?.method == method)
        #expect(method.name == token)
    }

    @Test(
        arguments: [
            ("/", "/", nil), ("/a/b%20c", "/a/b%20c", nil), ("/a?", "/a", ""), ("/a?b=c?d", "/a", "b=c?d"),
            ("//a", "//a", nil), ("/ü?ü", "/ü", "ü"), ("/a|b\"<>\\^`{}[]", "/a|b\"<>\\^`{}[]", nil),
            ("http://h", "/", nil), ("http://h?q", "/", "q"), ("http://h/p?q", "/p", "q"), ("HTTPS://h:1/p", "/p", nil),
            ("http://[::1]:80/p", "/p", nil),
        ] as [(String, String, String?)])
    func `A target is split into path and query`(target: String, path: String, query: String?) {
        let head = outcome("GET \(target) HTTP/1.1")?.head
        #expect(head?.path == path)
        #expect(head?.query == query)
    }

    @Test func `An asterisk is a target of OPTIONS alone`() {
        #expect(outcome("OPTIONS * HTTP/1.1")?.head?.path == "*")
        #expect(outcome("GET * HTTP/1.1")?.failure == .malformedTarget)
        #expect(outcome("OPTIONS ** HTTP/1.1")?.failure == .malformedTarget)
    }

    @Test(arguments: ["h:80", "/", "http://h/", "*"])
    func `No target of CONNECT is taken, since there are no tunnels`(target: String) {
        #expect(outcome("CONNECT \(target) HTTP/1.1")?.failure == .malformedTarget)
        #expect(outcome("connect / HTTP/1.1")?.head != nil)
    }

    @Test(arguments: [
        "a", "a/b", "h:80", "?q", "#", "/a#b", "/#", "ftp://h/", "http:/h", "http:h", "/\u{7f}", "/\u{1}", "/a\tb",
        "/\0",
        "/\rb",
    ])
    func `Any other target is rejected`(target: String) {
        #expect(outcome("GET \(target) HTTP/1.1")?.failure == .malformedTarget)
    }

    @Test(arguments: [
        "http://", "http:///p", "https://?q", "http://u@h/", "http://h:65536/", "http://h:x/", "http://[/",
    ])
    func `An absolute target needs a valid authority`(target: String) {
        #expect(outcome("GET \(target) HTTP/1.1")?.failure == .malformedHost)
    }

    @Test(arguments: [
        " GET / HTTP/1.1", "\tGET / HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1", "GET / a HTTP/1.1", "GET /", "GET / ", "GET", "/", "GET / http/1.1", "GET / HTTP/1.1x",
        "GET / HTTP/11", "GET / HTTP/1", "GET / HTTP/1.", "GET / HTTP/a.1", "GET / HTTP/1.10", "GET / HTTP 1.1",
        "GET HTTP/1.1", "G:T / HTTP/1.1", "G\u{e4}T / HTTP/1.1", "(GET) / HTTP/1.1", "GET / HTTP/1.1\0",
    ])
    func `A malformed request line is rejected`(line: String) {
        #expect([.malformedRequestLine, .malformedTarget].contains(outcome(line)?.failure))
        #expect(outcome(line)?.failure?.status == .badRequest)
    }

    @Test(arguments: ["0.9", "1.2", "1.9", "2.0", "3.0", "9.9"])
    func `Another version is not supported`(version: String) {
        #expect(outcome("GET / HTTP/\(version)")?.failure == .unsupportedVersion)
        #expect(ProtocolFailure.unsupportedVersion.status.code == 505)
    }

    @Test func `One empty line before the request line is ignored`() {
        let text = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        #expect(HeadOutcome.both("\r\n" + text)?.head?.taken == text.utf8.count + 2)
        #expect(HeadOutcome.both("\r\n\r\n" + text)?.failure == .malformedRequestLine)
        #expect(HeadOutcome.both("\n" + text)?.failure == .malformedRequestLine)
        #expect(HeadOutcome.both("\r" + text)?.failure == .malformedRequestLine)
    }

    @Test func `Bytes that begin no request line are rejected before its end`() {
        #expect(HeadOutcome.both([0x16, 0x03, 0x01])?.failure == .malformedRequestLine)
    }
}
