import NIOCore
import NIOEmbedded
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
}
