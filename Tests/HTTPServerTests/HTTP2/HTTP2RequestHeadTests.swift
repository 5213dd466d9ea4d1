import NIOCore
import NIOHPACK
import Testing

@testable import HTTPServer

@Suite struct HTTP2RequestHeadTests {
    private static let plain = [(":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "x")]

    private func parse(_ fields: [(String, String)], maximumSize: Int = 32 * 1024) throws(HTTP2HeadFailure)
        -> RequestHead
    {
        try HTTP2RequestHead.parse(HPACKHeaders(fields), maximumSize: maximumSize)
    }

    private func request(_ fields: [(String, String)]) throws -> Request {
        Request(head: try parse(fields), remoteAddress: nil)
    }

    private func failure(_ fields: [(String, String)]) -> HTTP2HeadFailure? {
        do throws(HTTP2HeadFailure) {
            _ = try parse(fields)
            return nil
        } catch {
            return error
        }
    }

    @Test func `Pseudo-fields and fields become a request`() throws {
        let request = try request(
            [(":path", "/a%20b?c=d"), (":method", "PUT"), (":authority", "kvick.test:8080"), (":scheme", "https")]
                + [("content-length", "3"), ("x-empty", ""), ("x-several", "1"), ("x-several", "2")])
        #expect(request.method == .put)
        #expect(request.path == "/a%20b")
        #expect(request.withQueryBytes { $0.map { String(decoding: $0, as: UTF8.self) } } == "c=d")
        #expect(request.header(HeaderName("host")) == "kvick.test:8080")
        #expect(request.header(HeaderName("x-empty")) == "")
        #expect(request.combinedHeader(HeaderName("x-several")) == "1, 2")
        #expect(request.head.framing == .length(3))
    }

    @Test func `Cookies that were cut apart are one field`() throws {
        let request = try request(Self.plain + [("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("cookie", "c=3")])
        #expect(request.header(HeaderName("cookie")) == "a=1; b=2; c=3")
        #expect(request.headerCount(HeaderName("cookie")) == 1)
    }

    @Test func `The authority stands for the host and a host for the authority`() throws {
        #expect(try request(Self.plain + [("host", "X")]).headerCount(HeaderName("host")) == 1)
        #expect(try request(Array(Self.plain.dropLast()) + [("host", "y")]).header(HeaderName("host")) == "y")
        #expect(failure(Array(Self.plain.dropLast())) == .refused(.missingHost))
        #expect(failure(Self.plain + [("host", "y")]) == .malformed)
        #expect(failure(Self.plain + [("host", "x"), ("host", "x")]) == .malformed)
    }

    @Test(arguments: [
        [(":method", "GET"), (":scheme", "https"), (":authority", "x")],
        [(":method", "GET"), (":path", "/"), (":authority", "x")],
        [(":scheme", "https"), (":path", "/"), (":authority", "x")],
        [(":method", "GET"), (":scheme", "https"), (":path", ""), (":authority", "x")],
        [(":method", ""), (":scheme", "https"), (":path", "/"), (":authority", "x")],
        [(":method", "GET /x HTTP/1.1"), (":scheme", "https"), (":path", "/"), (":authority", "x")],
        plain + [(":method", "GET")], plain + [(":path", "/")], plain + [(":status", "200")],
        plain + [(":protocol", "websocket")], plain + [("x", "y"), (":authority", "x")],
        [("x", "y")] + plain,
        plain + [("Upper", "x")], plain + [("", "x")], plain + [("a b", "x")], plain + [("a:b", "x")],
        plain + [("a\r\nb", "x")], plain + [("a", "x\r\nb: c")], plain + [("a", "x\nb: c")], plain + [("a", "x\0")],
        plain + [("connection", "close")], plain + [("transfer-encoding", "chunked")], plain + [("upgrade", "h2c")],
        plain + [("keep-alive", "1")], plain + [("proxy-connection", "close")], plain + [("te", "gzip")],
        [(":method", "GET"), (":scheme", "https"), (":path", "/ HTTP/1.1\r\nx: y"), (":authority", "x")],
        [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "x\r\nx: y")],
    ]) func `What is no request of HTTP/2 is malformed`(fields: [(String, String)]) {
        #expect(failure(fields) == .malformed)
    }

    @Test(arguments: [
        ("http://x/", ProtocolFailure.malformedTarget), ("*", .malformedTarget), ("x", .malformedTarget),
        ("/a b", .malformedTarget), ("/ HTTP/1.1", .malformedTarget), ("/#a", .malformedTarget),
        ("/\u{FFFD}", .malformedTarget), ("/\u{1}", .malformedTarget),
    ]) func `A path that is none is refused`(path: String, expected: ProtocolFailure) {
        let fields = [(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "x")]
        #expect(failure(fields) == .refused(expected))
    }

    @Test func `What HTTP/1.1 refuses is refused for the same reason`() {
        func with(_ authority: String) -> [(String, String)] {
            Array(Self.plain.dropLast()) + [(":authority", authority)]
        }
        for authority in ["", "a b", " x", "x ", "user@x", "x:99999", "ä"] {
            #expect(failure(with(authority)) == .refused(.malformedHost), "\(authority)")
        }
        #expect(failure(Self.plain + [("content-length", "+5")]) == .refused(.malformedContentLength))
        #expect(
            failure(Self.plain + [("content-length", "5"), ("content-length", "5")]) == .refused(.repeatedContentLength)
        )
        #expect(failure(Self.plain + [("expect", "tea")]) == .refused(.unsupportedExpectation))
        #expect(failure(Self.plain + [("a", "\u{1}")]) == .refused(.malformedField))
        #expect(failure([(":method", "CONNECT"), (":authority", "x:1")]) == .refused(.malformedTarget))
        #expect(failure([(":scheme", "ftp")] + Self.plain.filter { $0.0 != ":scheme" }) == .refused(.malformedTarget))
        #expect(throws: HTTP2HeadFailure.refused(.headTooLarge)) {
            try parse(Self.plain + [("a", String(repeating: "x", count: 100))], maximumSize: 100)
        }
    }

    @Test func `An asterisk is what OPTIONS may be of`() throws {
        let fields = [(":method", "OPTIONS"), (":scheme", "https"), (":path", "*"), (":authority", "x")]
        #expect(try request(fields).path == "*")
    }
}
