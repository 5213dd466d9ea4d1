import NIOCore
import NIOHPACK
import NIOHTTP2
import Testing

@testable import HTTPServer

@Suite struct HTTP2ConnectionTests {
    private let get = HTTP2Peer.fields()

    private func header(_ fields: HPACKHeaders, ends: Bool = true) -> HTTP2Frame.FramePayload {
        .headers(.init(headers: fields, endStream: ends))
    }

    // MARK: Attacks

    @Test func `Its bounds are announced`() throws {
        let peer = try HTTP2Peer()
        let settings = peer.settings
        #expect(settings.first { $0.parameter == .maxConcurrentStreams }?.value == 100)
        #expect(settings.first { $0.parameter == .maxHeaderListSize }?.value == 64 * 1024)
    }

    @Test func `More streams at a time than are allowed end the connection`() throws {
        let promise = EmbeddedPromise()
        let peer = try HTTP2Peer(TestHandler { _, _ in .pending(promise.future) })
        for stream in 0..<100 { try peer.send(2 * stream + 1, get) }
        #expect(peer.ends == [])
        #expect(peer.server.isActive)
        // NIO's client would keep to the bound: a HEADERS frame of indexed fields and a literal host.
        try peer.send(raw: [0, 0, 6, 1, 5, 0, 0, 0, 201, 0x82, 0x87, 0x84, 0x41, 1, 0x78])
        #expect(peer.ends == [.protocolError])
        #expect(!peer.server.isActive)
        promise.succeed(Response(status: .ok))
    }

    @Test func `Requests that are taken back as fast as they come end the connection, and few are handled`() throws {
        let promise = EmbeddedPromise()
        let box = RequestBox()
        let peer = try HTTP2Peer(
            TestHandler { request, _ in
                box.put(request)
                return .pending(promise.future)
            })
        for stream in 0..<1000 where peer.server.isActive {
            try peer.sendAtOnce([
                (2 * stream + 1, header(HTTP2Peer.fields("GET", "/\(stream)"))), (2 * stream + 1, .rstStream(.cancel)),
            ])
        }
        #expect(peer.ends == [.enhanceYourCalm])
        #expect(!peer.server.isActive)
        let last = box.request.flatMap { Int($0.path.dropFirst()) }
        #expect(last == 99)
        promise.succeed(Response(status: .ok))
    }

    @Test func `A flood of PINGs ends the connection`() throws {
        let peer = try HTTP2Peer()
        for number in 0..<300 where peer.server.isActive {
            try peer.send(0, .ping(HTTP2PingData(withInteger: UInt64(number)), ack: false))
        }
        #expect(peer.ends == [.enhanceYourCalm])
        #expect(!peer.server.isActive)
    }

    @Test func `A flood of SETTINGS ends the connection`() throws {
        let peer = try HTTP2Peer()
        for number in 0..<300 where peer.server.isActive {
            try peer.send(0, .settings(.settings([HTTP2Setting(parameter: .initialWindowSize, value: 1000 + number)])))
        }
        #expect(peer.ends == [.enhanceYourCalm])
        #expect(!peer.server.isActive)
    }

    @Test func `A head that goes on in frame after frame ends the connection`() throws {
        let peer = try HTTP2Peer()
        try peer.send(raw: [0, 0, 1, 1, 1, 0, 0, 0, 1, 0x82])
        for _ in 0..<10 where peer.server.isActive { try peer.send(raw: [0, 0, 1, 9, 0, 0, 0, 0, 1, 0x84]) }
        #expect(peer.ends == [.enhanceYourCalm])
        #expect(!peer.server.isActive)
    }

    @Test func `A flood of empty DATA frames ends the connection`() throws {
        let peer = try HTTP2Peer()
        try peer.send(1, HTTP2Peer.fields("PUT"), ends: false)
        for _ in 0..<10 where peer.server.isActive { try peer.data(1, "", ends: false) }
        #expect(peer.ends == [.enhanceYourCalm])
        #expect(!peer.server.isActive)
    }

    @Test func `What is no HTTP/2 ends the connection`() throws {
        let peer = try HTTP2Peer()
        try peer.send(raw: Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        #expect(!peer.server.isActive)
    }

    // MARK: Timeouts

    @Test func `A connection without requests ends, the first within less time`() throws {
        let fresh = try HTTP2Peer()
        try fresh.wait(.seconds(9))
        #expect(fresh.server.isActive)
        try fresh.wait(.seconds(11))
        #expect(fresh.ends == [.noError])
        #expect(!fresh.server.isActive)
        let used = try HTTP2Peer()
        try used.send(1, get)
        try used.wait(.seconds(70))
        #expect(used.server.isActive)
        try used.wait(.seconds(76))
        #expect(!used.server.isActive)
    }

    @Test func `A body that comes too slowly is refused, and others go on`() throws {
        let peer = try HTTP2Peer(.echo)
        try peer.send(1, HTTP2Peer.fields("PUT"), body: "x", ends: false)
        try peer.wait(.seconds(4))
        #expect(peer.answers[1] == nil)
        try peer.wait(.seconds(6))
        #expect(peer.answers[1]?.status == 408)
        #expect(peer.answers[1]?.reset == .noError)
        #expect(peer.shared.bodies.count == 0)
        try peer.send(3, HTTP2Peer.fields("PUT"), body: "next")
        #expect(peer.answers[3]?.body == "next")
    }

    @Test func `An answer that is not taken is reset, and gives its memory back`() throws {
        let body = ByteBuffer(repeating: 1, count: 200_000)
        let peer = try HTTP2Peer(TestHandler { _, _ in .ready(Response(status: .ok, body: .bytes(body))) })
        try peer.send(1, get)
        #expect(peer.shared.bodies.count == 200_000)
        try peer.wait(.seconds(29))
        #expect(peer.answers[1]?.reset == nil)
        try peer.wait(.seconds(40))
        #expect(peer.answers[1]?.reset == .enhanceYourCalm)
        #expect(peer.shared.bodies.count == 0)
        #expect(peer.server.isActive)
    }

    @Test func `A stream whose client stalls is reset, one that waits for events is not`() throws {
        let stalled = TestStream { _ in .bytes(ByteBuffer(repeating: 1, count: 50_000)) }
        let waiting = TestStream(isEndless: true, pieces: ["hello"], last: .never)
        let peer = try HTTP2Peer(
            TestHandler { request, _ in
                .ready(Response(status: .ok, body: .stream(request.path == "/stalled" ? stalled : waiting)))
            })
        try peer.send(1, HTTP2Peer.fields("GET", "/waiting"))
        try peer.send(3, HTTP2Peer.fields("GET", "/stalled"))
        try peer.wait(.seconds(29))
        #expect(peer.answers[3]?.reset == nil)
        try peer.wait(.seconds(31))
        #expect(peer.answers[3]?.reset == .enhanceYourCalm)
        #expect(stalled.cancelled == 1)
        try peer.wait(.hours(1))
        #expect(peer.answers[1]?.reset == nil)
        #expect(waiting.cancelled == 0)
        #expect(peer.server.isActive)
    }

    @Test func `A stream with an end may not take for ever`() throws {
        let stream = TestStream(pieces: ["hello"], last: .never)
        let peer = try HTTP2Peer(.streaming { _ in stream })
        try peer.send(1, get)
        try peer.wait(.minutes(11))
        #expect(peer.answers[1]?.reset == .enhanceYourCalm)
        #expect(stream.cancelled == 1)
    }

    @Test func `A client that does not read its connection loses it`() throws {
        let peer = try HTTP2Peer()
        peer.server.isWritable = false
        peer.server.pipeline.fireChannelWritabilityChanged()
        try peer.wait(.seconds(1))
        #expect(peer.server.isActive)
        try peer.wait(.seconds(40))
        #expect(!peer.server.isActive)
    }

    // MARK: Draining

    @Test func `An idle connection ends at once`() throws {
        let peer = try HTTP2Peer()
        try peer.send(1, get)
        let drained = peer.shared.drain()
        try peer.exchange()
        #expect(peer.ends == [.noError])
        #expect(!peer.server.isActive)
        try drained.wait()
    }

    @Test func `Answers under way are given before the connection ends, and streams without an end are ended`() throws {
        let promise = EmbeddedPromise()
        let stream = TestStream(isEndless: true, pieces: ["hello"], last: .never)
        let peer = try HTTP2Peer(
            TestHandler { request, _ in
                request.path == "/events"
                    ? .ready(Response(status: .ok, body: .stream(stream))) : .pending(promise.future)
            })
        try peer.send(1, HTTP2Peer.fields("GET", "/events"))
        try peer.send(3, HTTP2Peer.fields("GET", "/later"))
        try peer.send(5, HTTP2Peer.fields("PUT", "/half"), body: "hel", ends: false)
        _ = peer.shared.drain()
        try peer.exchange()
        #expect(stream.cancelled == 1)
        #expect(peer.answers[1]?.isComplete == true)
        #expect(peer.answers[5]?.status == 503)
        #expect(peer.server.isActive)
        promise.succeed(Response(status: .ok, body: .bytes(ByteBuffer(string: "done"))))
        try peer.exchange()
        #expect(peer.answers[3]?.body == "done")
        #expect(peer.ends == [.noError, .noError])
        #expect(!peer.server.isActive)
    }
}
