import NIOCore
import NIOHPACK
import NIOHTTP2
import Testing

@testable import HTTPServer

@Suite struct HTTP2StreamTests {
    private func fields(_ method: String, _ others: [(String, String)] = []) -> HPACKHeaders {
        HTTP2Peer.fields(method, "/", others)
    }

    @Test func `An answer has the fields of HTTP/2 alone`() throws {
        var configuration = ServerConfiguration()
        configuration.commonHeaders = PreparedHeaders([("X-Common", "all")])
        let peer = try HTTP2Peer(
            TestHandler { _, _ in
                var headers = ResponseHeaders(prepared: PreparedHeaders([("Content-Type", "text/plain")]))
                headers.add("Keep-Alive", "1")
                headers.add("ETag", "\"1\"")
                return .ready(Response(status: .ok, headers: headers, body: .bytes(ByteBuffer(string: "hello"))))
            }, configuration: configuration)
        try peer.send(1, fields("GET"))
        let answer = try #require(peer.answers[1])
        let names = answer.fields.map(\.name)
        #expect(names == [":status", "date", "x-common", "content-type", "etag", "content-length"])
        #expect(answer.status == 200)
        #expect(answer["content-length"] == "5")
        #expect(answer.body == "hello")
        #expect(answer.isComplete)
        #expect(answer.reset == nil)
    }

    @Test(arguments: [("HEAD", 200, "5"), ("GET", 204, nil), ("GET", 304, nil)])
    func `Where there is no body the head is all`(method: String, status: Int, length: String?) throws {
        let peer = try HTTP2Peer(
            TestHandler { _, _ in
                .ready(Response(status: Status(code: status), body: .bytes(ByteBuffer(string: "hello"))))
            })
        try peer.send(1, fields(method))
        let answer = try #require(peer.answers[1])
        #expect(answer.status == status)
        #expect(answer["content-length"] == length)
        #expect(answer.body == "")
        #expect(answer.isComplete)
        #expect(answer.reset == nil)
    }

    @Test func `A stream is not pulled for a HEAD`() throws {
        let stream = TestStream(length: 7, pieces: ["hello"])
        let peer = try HTTP2Peer(.streaming { _ in stream })
        try peer.send(1, fields("HEAD"))
        #expect(peer.answers[1]?["content-length"] == "7")
        #expect(peer.answers[1]?.isComplete == true)
        #expect(stream.asked == 0)
        #expect(stream.cancelled == 1)
    }

    @Test func `A body may come in pieces, with a length and without, and with trailers`() throws {
        let peer = try HTTP2Peer(.echo)
        try peer.send(1, fields("PUT", [("content-length", "5")]), body: "he", ends: false)
        try peer.data(1, "llo")
        #expect(peer.answers[1]?.body == "hello")
        try peer.send(3, fields("PUT"), body: "he", ends: false)
        try peer.data(3, "llo", ends: false)
        try peer.send(3, .headers(.init(headers: HPACKHeaders([("x-checksum", "1")]), endStream: true)))
        #expect(peer.answers[3]?.body == "hello")
        try peer.send(5, fields("PUT"), body: "")
        #expect(peer.answers[5]?.status == 200)
        #expect(peer.answers.values.allSatisfy { $0.isComplete && $0.reset == nil })
        #expect(peer.shared.bodies.count == 0)
    }

    @Test(arguments: ["hell", "hello!"]) func `A body of another length than was declared resets its stream alone`(
        body: String
    ) throws {
        let peer = try HTTP2Peer(.echo)
        try peer.send(1, fields("PUT", [("content-length", "5")]), body: body)
        #expect(peer.answers[1]?.reset == .protocolError)
        #expect(peer.answers[1]?.status == nil)
        try peer.send(3, fields("PUT", [("content-length", "5")]))
        #expect(peer.answers[3]?.reset == .protocolError)
        try peer.send(5, fields("PUT"), body: "next")
        #expect(peer.answers[5]?.body == "next")
        #expect(peer.shared.bodies.count == 0)
    }

    @Test func `A request that is malformed resets its stream alone`() throws {
        let peer = try HTTP2Peer()
        let malformed: [HPACKHeaders] = [
            fields("GET", [("Upper", "x")]), fields("GET", [("connection", "close")]),
            fields("GET", [("transfer-encoding", "chunked")]), fields("GET", [("te", "gzip")]),
            fields("GET", [(":path", "/b")]), fields("GET", [("a", "b\r\nc: d")]), fields("GET", [("host", "other")]),
            HPACKHeaders([(":method", "GET"), (":scheme", "https"), (":authority", "x")]),
        ]
        for (index, fields) in malformed.enumerated() {
            try peer.send(2 * index + 1, fields)
            let answer = peer.answers[2 * index + 1]
            #expect(answer?.reset == .protocolError || answer?.status == 400, "\(fields)")
        }
        try peer.send(101, fields("GET"))
        #expect(peer.answers[101]?.body == "/")
        #expect(peer.ends == [])
    }

    @Test func `What is new in an answer is not kept in the client's table of fields`() {
        var headers = ResponseHeaders()
        headers.add("ETag", "\"1\"")
        let fields = HTTP2ResponseHead.fields(
            Response(status: .notFound, headers: headers), length: 5,
            shared: [
                HeaderField(name: "date", value: "now"), HeaderField(name: "access-control-allow-origin", value: "*"),
            ])
        #expect(fields.filter { $0.indexable == .indexable }.map(\.name) == ["access-control-allow-origin"])
        #expect(fields.count == 5)
    }

    @Test func `Heads count for as long as their requests are not answered`() throws {
        var configuration = ServerConfiguration()
        configuration.maxBufferedBodies = 100_000
        let peer = try HTTP2Peer(configuration: configuration)
        let large = fields("PUT", [("a", String(repeating: "x", count: 10_000))])
        for index in 0..<8 { try peer.send(2 * index + 1, large, ends: false) }
        // Half of it for one address.
        #expect(peer.answers.values.filter { $0.status == 503 }.count == 4)
        #expect((40_000...50_000).contains(peer.shared.bodies.count))
        for index in 0..<4 { try peer.data(2 * index + 1, "x") }
        #expect(peer.answers[1]?.status == 200)
        #expect(peer.shared.bodies.count == 0)
    }

    @Test func `Clients behind a proxy do not take each other's room`() throws {
        var configuration = ServerConfiguration()
        configuration.maxBufferedBodies = 1_000_000
        configuration.trustedProxies = try #require(TrustedProxies("192.0.2.1"))
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 300_000)
        let peer = try HTTP2Peer(
            TestHandler { _, _ in .ready(Response(status: .ok, body: .bytes(body))) }, configuration: configuration)
        for (index, client) in ["10.0.0.1", "10.0.0.1", "10.0.0.2"].enumerated() {
            try peer.send(2 * index + 1, fields("GET", [("x-forwarded-for", client)]))
        }
        #expect([1, 3, 5].map { peer.answers[$0]?.status } == [200, 503, 200])
    }

    @Test func `A request that is refused is told why`() throws {
        let peer = try HTTP2Peer()
        try peer.send(1, HTTP2Peer.fields("GET", "http://x/"))
        #expect(peer.answers[1]?.status == 400)
        #expect(peer.answers[1]?.body.contains("request target") == true)
        try peer.send(3, fields("GET", [("expect", "tea")]))
        #expect(peer.answers[3]?.status == 417)
    }

    @Test(arguments: [true, false]) func `A body over its limit is refused before it has come`(isDeclared: Bool) throws
    {
        let peer = try HTTP2Peer(TestHandler(limit: 4))
        try peer.send(1, fields("PUT", isDeclared ? [("content-length", "100")] : []), body: "hello", ends: false)
        #expect(peer.answers[1]?.status == 413)
        #expect(peer.answers[1]?.body == (isDeclared ? "100 over 4" : "unknown over 4"))
        #expect(peer.answers[1]?.isComplete == true)
        #expect(peer.answers[1]?.reset == .noError)
        try peer.send(3, fields("PUT"), body: "four")
        #expect(peer.answers[3]?.body == "four")
        #expect(peer.shared.bodies.count == 0)
    }

    @Test func `A client that waits is invited to send its body, unless that is refused`() throws {
        let peer = try HTTP2Peer(TestHandler(limit: 4))
        try peer.send(1, fields("PUT", [("content-length", "4"), ("expect", "100-continue")]), ends: false)
        #expect(peer.answers[1]?.isInvited == true)
        #expect(peer.answers[1]?.status == nil)
        try peer.data(1, "four")
        #expect(peer.answers[1]?.body == "four")
        try peer.send(3, fields("PUT", [("content-length", "5"), ("expect", "100-continue")]), ends: false)
        #expect(peer.answers[3]?.isInvited == false)
        #expect(peer.answers[3]?.status == 413)
    }

    @Test func `Answers come in the order in which they are ready`() throws {
        let promises = (0..<2).map { _ in EmbeddedPromise() }
        let peer = try HTTP2Peer(TestHandler { request, _ in .pending(promises[request.path == "/0" ? 0 : 1].future) })
        try peer.send(1, HTTP2Peer.fields("GET", "/0"))
        try peer.send(3, HTTP2Peer.fields("GET", "/1"))
        promises[1].succeed(Response(status: .ok, body: .bytes(ByteBuffer(string: "second"))))
        try peer.exchange()
        #expect(peer.answers[1] == nil)
        #expect(peer.answers[3]?.body == "second")
        promises[0].succeed(Response(status: .ok, body: .bytes(ByteBuffer(string: "first"))))
        try peer.exchange()
        #expect(peer.answers[1]?.body == "first")
    }

    @Test func `A handler that fails is a 500`() throws {
        let peer = try HTTP2Peer(TestHandler { _, loop in .pending(loop.makeFailedFuture(ChannelError.eof)) })
        try peer.send(1, fields("GET"))
        #expect(peer.answers[1]?.status == 500)
    }

    @Test func `A request whose stream was reset is abandoned, and what comes of it is thrown away`() throws {
        let promise = EmbeddedPromise()
        let asked = RequestBox()
        let peer = try HTTP2Peer(
            TestHandler { request, _ in
                asked.put(request)
                return .pending(promise.future)
            })
        try peer.send(1, fields("PUT"), body: "hello")
        #expect(asked.request?.isAbandoned == false)
        #expect(peer.shared.bodies.count > 5)
        try peer.send(1, .rstStream(.cancel))
        #expect(asked.request?.isAbandoned == true)
        let stream = TestStream(pieces: ["hello"])
        promise.succeed(Response(status: .ok, body: .stream(stream)))
        try peer.exchange()
        #expect(stream.cancelled == 1)
        #expect(stream.asked == 0)
        #expect(peer.shared.bodies.count == 0)
        #expect(peer.answers[1] == nil)
    }
}
