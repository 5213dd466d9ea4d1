import NIOCore
import NIOHTTP2
import Testing

@testable import HTTPServer

@Suite struct HTTP2StreamingTests {
    private static let window = 65_535
    private let get = HTTP2Peer.fields()

    private func piece(_ size: Int) -> ByteBuffer { ByteBuffer(repeating: UInt8(ascii: "x"), count: size) }

    @Test func `A stream of pieces is one body`() throws {
        let peer = try HTTP2Peer(.streaming { _ in TestStream(pieces: ["he", "", "llo"]) })
        try peer.send(1, get)
        #expect(peer.answers[1]?.body == "hello")
        #expect(peer.answers[1]?["content-length"] == nil)
        #expect(peer.answers[1]?.isComplete == true)
    }

    @Test func `Pieces are asked for only as far as the client lets them come`() throws {
        let stream = TestStream { number in number < 100 ? .bytes(self.piece(10_000)) : .end }
        let peer = try HTTP2Peer(.streaming { _ in stream })
        try peer.send(1, get)
        #expect(peer.answers[1]?.body.utf8.count == Self.window)
        // What the window takes, and what may wait behind it.
        #expect(stream.asked <= 9)
        #expect(peer.shared.bodies.count <= 30_000)
        let asked = stream.asked
        // The connection's window alone lets nothing through, nor does the stream's.
        try peer.send(0, .windowUpdate(windowSizeIncrement: 2_000_000))
        #expect(stream.asked == asked)
        try peer.send(1, .windowUpdate(windowSizeIncrement: 100_000))
        #expect(peer.answers[1]?.body.utf8.count == Self.window + 100_000)
        #expect(stream.asked > asked)
        try peer.send(1, .windowUpdate(windowSizeIncrement: 2_000_000))
        #expect(peer.answers[1]?.body.utf8.count == 1_000_000)
        #expect(peer.answers[1]?.isComplete == true)
        #expect(stream.cancelled == 0)
        #expect(peer.shared.bodies.count == 0)
    }

    @Test func `A client may open its windows as often as it likes for what it downloads`() throws {
        let stream = TestStream { number in number < 4 ? .bytes(self.piece(50_000)) : .end }
        let peer = try HTTP2Peer(.streaming { _ in stream })
        try peer.send(1, get)
        var count = 0
        while peer.answers[1]?.isComplete == false, count < 10_000 {
            try peer.sendAtOnce([
                (1, .windowUpdate(windowSizeIncrement: 50)), (0, .windowUpdate(windowSizeIncrement: 50)),
            ])
            count += 1
        }
        #expect(count > 2000)
        #expect(peer.answers[1]?.body.utf8.count == 200_000)
        #expect(peer.answers[1]?.isComplete == true)
        #expect(peer.ends == [])
    }

    @Test func `A piece that comes later is sent when it comes`() throws {
        let loop = EmbeddedPieces()
        let stream = TestStream { number in number == 0 ? .later(loop.future) : .end }
        let peer = try HTTP2Peer(.streaming { _ in stream })
        try peer.send(1, get)
        #expect(peer.answers[1]?.status == 200)
        #expect(peer.answers[1]?.isComplete == false)
        loop.succeed(ByteBuffer(string: "late"))
        try peer.exchange()
        #expect(peer.answers[1]?.body == "late")
        #expect(peer.answers[1]?.isComplete == true)
    }

    @Test func `A stream is cancelled where the client resets it`() throws {
        let stream = TestStream(isEndless: true, pieces: ["hello"], last: .never)
        let peer = try HTTP2Peer(.streaming { _ in stream })
        try peer.send(1, get)
        #expect(peer.answers[1]?.body == "hello")
        #expect(stream.cancelled == 0)
        try peer.send(1, .rstStream(.cancel))
        #expect(stream.cancelled == 1)
        #expect(peer.ends == [])
    }

    @Test func `A stream is cancelled with its connection`() throws {
        let stream = TestStream(isEndless: true, pieces: ["hello"], last: .never)
        let peer = try HTTP2Peer(.streaming { _ in stream })
        try peer.send(1, get)
        peer.close()
        #expect(stream.cancelled == 1)
    }

    @Test(arguments: [TestStream.Piece.failure, .end, .bytes(ByteBuffer(string: "too long"))])
    func `A body that is cut, shorter or longer than it should be resets its stream`(last: TestStream.Piece) throws {
        let peer = try HTTP2Peer(.streaming { _ in TestStream(length: 7, pieces: ["hello"], last: last) })
        try peer.send(1, get)
        #expect(peer.answers[1]?.isComplete == false)
        #expect(peer.answers[1]?.reset == .internalError)
        #expect(peer.ends == [])
    }

    @Test func `What many streams leave untaken is bounded for all connections together`() throws {
        var configuration = ServerConfiguration()
        configuration.maxBufferedBodies = 400_000
        let peer = try HTTP2Peer(
            .streaming { _ in TestStream { _ in .bytes(self.piece(60_000)) } }, configuration: configuration)
        for stream in 0..<20 { try peer.send(2 * stream + 1, get) }
        let resets = peer.answers.values.filter { $0.reset == .enhanceYourCalm }.count
        #expect((1..<20).contains(resets))
        // Half of it for one address.
        #expect((1...200_000).contains(peer.shared.bodies.count))
        peer.close()
        #expect(peer.shared.bodies.count == 0)
    }

    @Test func `An answer that has no room is refused`() throws {
        var configuration = ServerConfiguration()
        configuration.maxBufferedBodies = 1_000_000
        let body = piece(200_000)
        let peer = try HTTP2Peer(
            TestHandler { _, _ in .ready(Response(status: .ok, body: .bytes(body))) }, configuration: configuration)
        for stream in 0..<4 { try peer.send(2 * stream + 1, get) }
        #expect(peer.answers[5]?.status == 503)
        #expect(peer.answers[7]?.status == 503)
        #expect(peer.shared.bodies.count == 400_000)
        try peer.send(0, .windowUpdate(windowSizeIncrement: 1_000_000))
        for stream in [1, 3] { try peer.send(stream, .windowUpdate(windowSizeIncrement: 1_000_000)) }
        #expect(peer.answers[1]?.body.utf8.count == 200_000)
        #expect(peer.answers[3]?.body.utf8.count == 200_000)
        #expect(peer.shared.bodies.count == 0)
    }
}
