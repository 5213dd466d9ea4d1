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

    @Test func `What is flushed together is one write, and each promise is kept`() throws {
        let channel = try channel()
        let futures = ["a", "b", "c"].map { channel.write(ByteBuffer(string: $0)) }
        #expect(try written(channel) == [])
        channel.flush()
        #expect(try written(channel) == ["abc"])
        for future in futures { try future.wait() }
        channel.writeAndFlush(ByteBuffer(string: "d"), promise: nil)
        #expect(try written(channel) == ["d"])
    }

    @Test func `What is large is not copied, and nothing changes places`() throws {
        let channel = try channel()
        let large = String(repeating: "x", count: 5000)
        for text in ["a", large, "b", "c"] { channel.write(ByteBuffer(string: text), promise: nil) }
        channel.flush()
        #expect(try written(channel) == ["a", large, "bc"])
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
