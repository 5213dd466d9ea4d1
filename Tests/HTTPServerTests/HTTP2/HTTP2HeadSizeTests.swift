import NIOCore
import NIOHPACK
import NIOHTTP2
import Testing

@testable import HTTPServer

/// Heads up to 32 KiB are requests, those up to 64 KiB are answered.
@Suite struct HTTP2HeadSizeTests {
    /// A request with so many fields of 2000 bytes. Each after the first is a byte in the frame.
    private func fields(_ count: Int, _ method: String = "GET") -> HPACKHeaders {
        HTTP2Peer.fields(method, "/", Array(repeating: large, count: count))
    }

    private let large = ("a", String(repeating: "x", count: 2000))

    @Test func `A head that is too large is answered as over HTTP/1.1, and other streams go on`() throws {
        let promise = EmbeddedPromise()
        let box = RequestBox()
        let handler = TestHandler { request, _ in
            box.put(request)
            return request.path == "/later" ? .pending(promise.future) : .ready(Response(status: .ok))
        }
        let peer = try HTTP2Peer(handler)
        try peer.send(1, HTTP2Peer.fields("GET", "/later"))
        try peer.send(3, fields(17))
        let older = try EmbeddedConnection(handler).send(
            "GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 40_000))")
        let answer = try #require(Answer(older))
        #expect(peer.answers[3]?.status == 431)
        #expect(answer.code == 431)
        #expect(peer.answers[3]?.body == answer.body)
        #expect(box.request?.path == "/later")
        try peer.send(5, fields(15))
        #expect(peer.answers[5]?.status == 200)
        promise.succeed(Response(status: .ok))
        try peer.exchange()
        #expect(peer.answers[1]?.status == 200)
        #expect(peer.ends == [])
        #expect(peer.shared.bodies.count == 0)
    }

    @Test(arguments: [(15, 200), (17, 431), (30, 431)])
    func `It may be that of the first request, which no settings were seen before`(count: Int, status: Int) throws {
        let peer = try HTTP2Peer(TestHandler { _, _ in .ready(Response(status: .ok)) }, first: fields(count))
        #expect(peer.answers[1]?.status == status)
        try peer.send(3, HTTP2Peer.fields())
        #expect(peer.answers[3]?.status == 200)
        #expect(peer.ends == [])
    }

    @Test func `One of twice the size ends the connection`() throws {
        let peer = try HTTP2Peer()
        try peer.send(1, fields(33))
        #expect(peer.answers[1] == nil)
        #expect(!peer.server.isActive)
    }

    @Test func `A request whose body was to come is answered, too`() throws {
        let peer = try HTTP2Peer(.echo)
        try peer.send(1, fields(17, "PUT"), ends: false)
        #expect(peer.answers[1]?.status == 431)
        #expect(peer.answers[1]?.reset == .noError)
        try peer.send(3, HTTP2Peer.fields("PUT"), body: "next")
        #expect(peer.answers[3]?.body == "next")
    }

    @Test(arguments: [(15, 200), (17, 431)])
    func `Trailer fields have the same bound`(count: Int, status: Int) throws {
        let peer = try HTTP2Peer(.echo)
        try peer.send(1, HTTP2Peer.fields("PUT"), body: "hello", ends: false)
        let trailers = HPACKHeaders(Array(repeating: large, count: count))
        try peer.send(1, .headers(.init(headers: trailers, endStream: true)))
        #expect(peer.answers[1]?.status == status)
        #expect(peer.ends == [])
        #expect(peer.shared.bodies.count == 0)
    }
}
