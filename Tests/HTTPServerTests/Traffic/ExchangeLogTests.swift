import NIOCore
import NIOEmbedded
import NIOHTTP2
import Synchronization
import Testing

@testable import HTTPServer

/// What is written down of exchanges, and when.
@Suite struct ExchangeLogTests {
    private final class Kept: ExchangeLog {
        private let kept = Mutex<[Exchange]>([])

        var exchanges: [Exchange] { kept.withLock { $0 } }

        func summary(of request: Request) -> RequestSummary {
            RequestSummary(method: request.method.name, target: request.path, userAgent: nil)
        }

        func record(_ exchange: Exchange) {
            kept.withLock { $0.append(exchange) }
        }
    }

    /// Answers with as many bytes as the path says, at once or, behind another slash, in pieces of 10,000.
    private static let sized = TestHandler { request, _ in
        let size = Int(request.path.drop { $0 == "/" }) ?? 0
        guard request.path.hasPrefix("//") else {
            return .ready(Response(status: .ok, body: .bytes(ByteBuffer(repeating: 120, count: size))))
        }
        let stream = TestStream(length: size) { number in
            number < size / 10_000 ? .bytes(ByteBuffer(repeating: 120, count: 10_000)) : .end
        }
        return .ready(Response(status: .ok, body: .stream(stream)))
    }

    private let log = Kept()

    private var configuration: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.exchangeLog = log
        return configuration
    }

    private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    /// A connection of HTTP/1.1 whose client takes nothing until it is let to.
    private func heldConnection() throws -> (EmbeddedConnection, WriteHolder) {
        let connection = try EmbeddedConnection(Self.sized, configuration: configuration)
        let holder = WriteHolder()
        try connection.channel.pipeline.syncOperations.addHandler(holder, position: .first)
        return (connection, holder)
    }

    // MARK: HTTP/1.1

    @Test func `An exchange is written down with what there is to tell of it`() throws {
        let connection = try EmbeddedConnection(.echo, configuration: configuration)
        _ = try connection.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + "junk\r\n\r\n")
        let exchanges = log.exchanges
        try #require(exchanges.count == 2)
        #expect(exchanges[0].request?.method == "PUT")
        #expect(exchanges[0].request?.target == "/a")
        #expect(exchanges[0].status == .ok)
        #expect(exchanges[0].bodySize == 3)
        #expect(exchanges[0].isComplete)
        #expect(exchanges[0].address?.description == "192.0.2.1")
        #expect(exchanges[1].request == nil)
        #expect(exchanges[1].kind == "invalid")
        #expect(exchanges[1].status == .badRequest)
    }

    @Test func `One that the connection's end cuts before its answer has no status`() throws {
        let promise = EmbeddedPromise()
        let connection = try EmbeddedConnection(
            TestHandler { _, _ in .pending(promise.future) }, configuration: configuration)
        _ = try connection.send(get("/a"))
        try connection.channel.close().wait()
        promise.succeed(Response(status: .ok))
        try #require(log.exchanges.count == 1)
        #expect(log.exchanges[0].status == nil)
        #expect(!log.exchanges[0].isComplete)
    }

    @Test(arguments: ["/5", "/200000", "//200000"])
    func `An answer is complete once all of it is written`(path: String) throws {
        let (connection, holder) = try heldConnection()
        _ = try connection.send(get(path))
        #expect(log.exchanges.isEmpty)
        holder.letGo()
        _ = try connection.received()
        try #require(log.exchanges.count == 1)
        #expect(log.exchanges[0].bodySize == Int(path.drop { $0 == "/" }))
        #expect(log.exchanges[0].isComplete)
    }

    @Test func `One that is cut has the bytes that went`() throws {
        let (connection, holder) = try heldConnection()
        _ = try connection.send(get("/5") + get("/200000") + get("/6"))
        holder.letGo(3)
        try connection.channel.close().wait()
        #expect(log.exchanges.map(\.isComplete) == [true, false, false])
        #expect(log.exchanges.map(\.bodySize) == [5, 2 * ConnectionHandler.outputBurst, 0])
    }

    @Test func `One that was not handed on when the connection ends is cut`() throws {
        let (connection, holder) = try heldConnection()
        _ = try connection.send(get("//200000"))
        holder.letGo(5)
        try connection.channel.close().wait()
        try #require(log.exchanges.count == 1)
        #expect(log.exchanges[0].status == .ok)
        #expect(!log.exchanges[0].isComplete)
        #expect(log.exchanges[0].bodySize < 200_000)
    }

    @Test func `What is kept of requests counts, and what has no room is told at once`() throws {
        let bodies = BodyMemory(maximum: 250_000)
        let connection = try EmbeddedConnection(Self.sized, configuration: configuration, bodies: bodies, address: nil)
        let holder = WriteHolder()
        try connection.channel.pipeline.syncOperations.addHandler(holder, position: .first)
        let large = "/" + String(repeating: "0", count: 30_000) + "5"
        for _ in 0..<10 { _ = try connection.send(get(large)) }
        #expect((230_000...250_000).contains(bodies.count))
        #expect(log.exchanges.map(\.bodySize) == [5, 5])
        holder.letGo()
        #expect(bodies.count == 0)
        #expect(log.exchanges.map(\.bodySize) == Array(repeating: 5, count: 10))
        #expect(log.exchanges.allSatisfy { $0.isComplete })
    }

    @Test func `What waits for the end of its answer holds nothing of what was read with it`() throws {
        let (connection, holder) = try heldConnection()
        var bytes = ByteBuffer(string: get("/5") + get("/6"))
        try connection.channel.writeInbound(bytes)
        #expect(log.exchanges.isEmpty)
        #expect(bytes.modifyIfUniquelyOwned { _ in } != nil)
        holder.letGo()
        #expect(log.exchanges.map(\.bodySize) == [5, 6])
    }

    // MARK: Of both versions

    @Test(arguments: ["HTTP/1.1", "HTTP/2"], [true, false])
    func `An answer without an end is cut where its client goes, and complete where the server stops`(
        version: String, stops: Bool
    ) throws {
        let awaited = EmbeddedPieces()
        let stream = TestStream(isEndless: true) {
            $0 == 0 ? .bytes(ByteBuffer(string: "hello")) : .later(awaited.future)
        }
        let handler = TestHandler.streaming { _ in stream }
        let shared: EventLoopConnections
        let channel: EmbeddedChannel
        let exchange: () throws -> Void
        if version == "HTTP/1.1" {
            let connection = try EmbeddedConnection(handler, configuration: configuration)
            _ = try connection.send(get("/"))
            (shared, channel, exchange) = (connection.shared, connection.channel, { _ = try connection.received() })
        } else {
            let peer = try HTTP2Peer(handler, configuration: configuration, first: HTTP2Peer.fields())
            (shared, channel, exchange) = (peer.shared, peer.server, peer.exchange)
        }
        #expect(log.exchanges.isEmpty)
        if stops {
            _ = shared.drain()
        } else {
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        try exchange()
        #expect(log.exchanges.map(\.isComplete) == [stops])
        #expect(log.exchanges.map(\.bodySize) == [5])
        #expect(log.exchanges.map(\.status) == [.ok])
        awaited.succeed(nil)
    }

    // MARK: HTTP/2

    @Test(arguments: ["/5", "/0", "/200000", "//200000"])
    func `Over HTTP/2 an answer is complete once its client has taken it`(path: String) throws {
        let peer = try HTTP2Peer(Self.sized, configuration: configuration)
        try peer.send(1, HTTP2Peer.fields("GET", path))
        let size = try #require(Int(path.drop { $0 == "/" }))
        #expect(log.exchanges.count == (size > 65_535 ? 0 : 1))
        for stream in [0, 1] where size > 65_535 {
            try peer.send(stream, .windowUpdate(windowSizeIncrement: 1_000_000))
        }
        try #require(log.exchanges.count == 1)
        #expect(log.exchanges[0].isComplete)
        #expect(log.exchanges[0].bodySize == size)
        #expect(log.exchanges[0].status == .ok)
    }

    @Test(arguments: ["/200000", "//200000"], [true, false])
    func `Over HTTP/2 one that is cut has the bytes that went`(path: String, isReset: Bool) throws {
        let peer = try HTTP2Peer(Self.sized, configuration: configuration)
        try peer.send(1, HTTP2Peer.fields("GET", path))
        #expect(log.exchanges.isEmpty)
        if isReset { try peer.send(1, .rstStream(.cancel)) } else { peer.close() }
        try #require(log.exchanges.count == 1)
        #expect(log.exchanges[0].status == .ok)
        #expect(!log.exchanges[0].isComplete)
        // The window took 65,535 bytes, the last of which are of a frame of which it did not take all.
        #expect((49_000...65_535).contains(log.exchanges[0].bodySize))
    }

    @Test func `Over HTTP/2 one that its client does not take in time is cut`() throws {
        let peer = try HTTP2Peer(Self.sized, configuration: configuration)
        try peer.send(1, HTTP2Peer.fields("GET", "/200000"))
        try peer.wait(.seconds(40))
        #expect(peer.answers[1]?.reset == .enhanceYourCalm)
        #expect(log.exchanges.map(\.isComplete) == [false])
    }

    @Test func `Over HTTP/2 a request that is reset before its answer has no status`() throws {
        let promise = EmbeddedPromise()
        let peer = try HTTP2Peer(TestHandler { _, _ in .pending(promise.future) }, configuration: configuration)
        try peer.send(1, HTTP2Peer.fields())
        try peer.send(1, .rstStream(.cancel))
        #expect(log.exchanges.map(\.status) == [nil])
        #expect(log.exchanges.map(\.isComplete) == [false])
        promise.succeed(Response(status: .ok))
        try peer.exchange()
        #expect(log.exchanges.count == 1)
    }
}
