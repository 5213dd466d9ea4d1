import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct HTTP2FrameGathererTests {
    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let shared = EventLoopConnections(
            eventLoop: channel.eventLoop, configuration: ServerConfiguration(), handler: TestHandler(),
            limit: ConnectionLimit(maximum: 1), bodies: BodyMemory(maximum: 1), logger: Logger(label: "test"))
        try channel.pipeline.syncOperations.addHandler(HTTP2FrameGatherer(shared: shared))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        return channel
    }

    private func written(_ channel: EmbeddedChannel) throws -> [String] {
        var written: [String] = []
        while let piece = try channel.readOutbound(as: ByteBuffer.self) { written.append(String(buffer: piece)) }
        return written
    }

    @Test func `What is flushed together is one write, with which the promises are kept in their order`() throws {
        let channel = try channel()
        let kept = Mutex<[String]>([])
        for text in ["a", "b", "c"] {
            channel.write(ByteBuffer(string: text)).whenSuccess { kept.withLock { $0.append(text) } }
        }
        #expect(try written(channel) == [])
        #expect(kept.withLock { $0 } == [])
        channel.flush()
        #expect(try written(channel) == ["abc"])
        #expect(kept.withLock { $0 } == ["a", "b", "c"])
        channel.writeAndFlush(ByteBuffer(string: "d"), promise: nil)
        #expect(try written(channel) == ["d"])
    }

    @Test func `What is large is not copied, and nothing changes places`() throws {
        let channel = try channel()
        let large = String(repeating: "x", count: 10_000)
        for text in ["a", large, "b", "c"] { channel.write(ByteBuffer(string: text), promise: nil) }
        channel.flush()
        #expect(try written(channel) == ["a", large, "bc"])
    }

    @Test func `The frames of a streamed body are gathered, too`() throws {
        let channel = try channel()
        let frame = String(repeating: "x", count: HTTP2Stream.frameSize)
        for text in ["header of", frame, "header of", frame] { channel.write(ByteBuffer(string: text), promise: nil) }
        channel.flush()
        #expect(try written(channel).count == 1)
    }

    @Test func `One write is at most a record`() throws {
        let channel = try channel()
        let text = String(repeating: "x", count: 3000)
        for _ in 0..<7 { channel.write(ByteBuffer(string: text), promise: nil) }
        channel.flush()
        #expect(try written(channel).map(\.utf8.count) == [15_000, 6000])
    }

    @Test func `What is not flushed before its connection ends breaks its promises`() throws {
        let channel = try channel()
        let isBroken = Mutex(false)
        channel.write(ByteBuffer(string: "a")).whenFailure { _ in isBroken.withLock { $0 = true } }
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(isBroken.withLock { $0 })
    }
}
