import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import HTTPServer

@Suite struct HTTP2SettingsHandlerTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let settings: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0]
    private static let acknowledgment: [UInt8] = [0, 0, 0, 4, 1, 0, 0, 0, 0]
    private static let request: [UInt8] = [0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84]
    private static let ping: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]

    /// What is passed on of bytes that come in two reads, and whether the handler is still there.
    private func passed(_ bytes: [UInt8], cutAt cut: Int) throws -> (bytes: [UInt8], isThere: Bool) {
        let channel = EmbeddedChannel(handler: HTTP2SettingsHandler())
        try channel.writeInbound(ByteBuffer(bytes: bytes[..<cut]))
        try channel.writeInbound(ByteBuffer(bytes: bytes[cut...]))
        var passed: [UInt8] = []
        while let piece = try channel.readInbound(as: ByteBuffer.self) { passed += piece.readableBytesView }
        let handler = try? channel.pipeline.syncOperations.handler(type: HTTP2SettingsHandler.self)
        return (passed, handler != nil)
    }

    @Test func `The acknowledgment comes right behind the client's settings, however the bytes are cut`() throws {
        let sent = Self.preface + Self.settings + Self.request + Self.settings + Self.acknowledgment + Self.ping
        let expected = Self.preface + Self.settings + Self.acknowledgment + Self.request + Self.settings + Self.ping
        for cut in 0...sent.count {
            let (passed, isThere) = try passed(sent, cutAt: cut)
            #expect(passed == expected)
            #expect(!isThere)
        }
    }

    @Test func `A client that never acknowledges has all else passed on`() throws {
        let sent = Self.preface + Self.settings + Self.request + Self.ping
        let expected = Self.preface + Self.settings + Self.acknowledgment + Self.request + Self.ping
        let (passed, isThere) = try passed(sent, cutAt: 50)
        #expect(passed == expected)
        #expect(isThere)
    }

    @Test func `An acknowledgment that is malformed is left to be refused`() throws {
        let malformed: [UInt8] = [0, 0, 1, 4, 1, 0, 0, 0, 0, 0]
        let (passed, isThere) = try passed(Self.preface + Self.settings + malformed, cutAt: 0)
        #expect(passed == Self.preface + Self.settings + Self.acknowledgment + malformed)
        #expect(isThere)
    }

    /// The first part of a request's fields, and the rest of them.
    private static let opening: [UInt8] = [0, 0, 2, 1, 1, 0, 0, 0, 1, 0x82, 0x87]
    private static let continuation: [UInt8] = [0, 0, 1, 9, 4, 0, 0, 0, 1, 0x84]

    @Test(arguments: [
        // Of a stream (RFC 9113 §6.5).
        [0, 0, 0, 4, 1, 0, 0, 0, 1],
        // Amid the fields of a request (RFC 9113 §6.10).
        opening + acknowledgment + continuation,
        opening + [0, 0, 0, 9, 0, 0, 0, 0, 1] + acknowledgment + continuation,
    ])
    func `An acknowledgment that is out of place is left to be refused`(frames: [UInt8]) throws {
        let sent = Self.preface + Self.settings + frames
        let (passed, isThere) = try passed(sent, cutAt: sent.count - 5)
        #expect(passed == Self.preface + Self.settings + Self.acknowledgment + frames)
        #expect(isThere)

        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers(HTTP2SettingsHandler(), NIOHTTP2Handler(mode: .server))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        #expect(throws: (any Error).self) { try channel.writeInbound(ByteBuffer(bytes: sent)) }
        var answer: [UInt8] = []
        while let piece = try channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let bytes) = piece { answer += bytes.readableBytesView }
        }
        // GOAWAY with PROTOCOL_ERROR.
        #expect(answer.suffix(17).starts(with: [0, 0, 8, 7]))
        #expect(answer.suffix(4) == [0, 0, 0, 1])
    }

    @Test func `The acknowledgment behind fields that came in parts is left out`() throws {
        let request = Self.opening + Self.continuation
        let (passed, isThere) = try passed(
            Self.preface + Self.settings + request + Self.acknowledgment + Self.ping, cutAt: 60)
        #expect(passed == Self.preface + Self.settings + Self.acknowledgment + request + Self.ping)
        #expect(!isThere)
    }
}
