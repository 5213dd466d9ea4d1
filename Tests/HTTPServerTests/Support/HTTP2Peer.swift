import Logging
import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP2

@testable import HTTPServer

/// A connection of HTTP/2 without a socket, and a client of it that sends what it is told to, right or wrong.
final class HTTP2Peer {
    let server: EmbeddedChannel
    let shared: EventLoopConnections
    private let client: EmbeddedChannel
    private(set) var answers: [Int: HTTP2Answer] = [:]
    /// The codes of the GOAWAY frames that have come.
    private(set) var ends: [HTTP2ErrorCode] = []
    private(set) var settings: HTTP2Settings = []

    /// A connection of a client that sends a request at once, of stream 1, before it has read anything, or none.
    init(
        _ handler: TestHandler = TestHandler(), configuration: ServerConfiguration = ServerConfiguration(),
        bodies: BodyMemory? = nil, first: HPACKHeaders? = nil
    ) throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let loop = EmbeddedEventLoop()
        server = EmbeddedChannel(loop: loop)
        client = EmbeddedChannel(loop: loop)
        let limit = ConnectionLimit(maximum: configuration.maxConnections)
        shared = EventLoopConnections(
            eventLoop: loop, configuration: configuration, handler: handler, limit: limit,
            bodies: bodies ?? BodyMemory(maximum: configuration.maxBufferedBodies), logger: logger)
        try server.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try HTTP2Connection.begin(on: server, shared, limit.enter())
        // It sends what is wrong, and takes all that comes of it.
        var own = NIOHTTP2Handler.ConnectionConfiguration()
        own.initialSettings = []
        own.headerBlockValidation = .disabled
        own.contentLengthValidation = .disabled
        own.controlFrameRateLimit.maximumCount = 100_000
        try client.pipeline.syncOperations.addHandler(NIOHTTP2Handler(mode: .client, connectionConfiguration: own))
        try client.connect(to: SocketAddress(ipAddress: "192.0.2.2", port: 1)).wait()
        if let first {
            let frame = HTTP2Frame(streamID: 1, payload: .headers(.init(headers: first, endStream: true)))
            client.writeAndFlush(frame, promise: nil)
        }
        try exchange()
    }

    static func fields(_ method: String = "GET", _ path: String = "/", _ others: [(String, String)] = [])
        -> HPACKHeaders
    {
        HPACKHeaders(
            [(":method", method), (":scheme", "https"), (":path", path), (":authority", "kvick.test")] + others)
    }

    /// Sends a HEADERS frame, and a DATA frame where there is a body.
    func send(_ stream: Int, _ fields: HPACKHeaders, body: String? = nil, ends: Bool = true) throws {
        try send(stream, .headers(.init(headers: fields, endStream: ends && body == nil)))
        if let body { try data(stream, body, ends: ends) }
    }

    func data(_ stream: Int, _ body: String, ends: Bool = true) throws {
        try send(stream, .data(.init(data: .byteBuffer(ByteBuffer(string: body)), endStream: ends)))
    }

    func send(_ stream: Int, _ payload: HTTP2Frame.FramePayload) throws {
        client.writeAndFlush(HTTP2Frame(streamID: HTTP2StreamID(stream), payload: payload), promise: nil)
        try exchange()
    }

    /// Sends frames in one read of the server's.
    func sendAtOnce(_ frames: [(Int, HTTP2Frame.FramePayload)]) throws {
        for (stream, payload) in frames {
            client.write(HTTP2Frame(streamID: HTTP2StreamID(stream), payload: payload), promise: nil)
        }
        client.flush()
        var bytes = ByteBuffer()
        while let piece = try client.readOutbound(as: IOData.self) {
            if case .byteBuffer(let piece) = piece { bytes.writeImmutableBuffer(piece) }
        }
        if server.isActive { _ = try? server.writeInbound(bytes) }
        try exchange()
    }

    /// Sends bytes that NIO would not write.
    func send(raw bytes: [UInt8]) throws {
        _ = try? server.writeInbound(ByteBuffer(bytes: bytes))
        try exchange()
    }

    /// Looks at the timeouts as if it were so much later.
    func wait(_ time: TimeAmount) throws {
        shared.checkTimeouts(now: .now() + time)
        try exchange()
    }

    func close() {
        server.close(promise: nil)
        server.embeddedEventLoop.run()
    }

    /// Hands what each side has written to the other until there is no more.
    func exchange() throws {
        var isDone = false
        while !isDone {
            isDone = true
            server.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            while let piece = try client.readOutbound(as: IOData.self) {
                isDone = false
                if case .byteBuffer(let bytes) = piece, server.isActive { _ = try? server.writeInbound(bytes) }
            }
            while let piece = try server.readOutbound(as: IOData.self) {
                isDone = false
                if case .byteBuffer(let bytes) = piece { try client.writeInbound(bytes) }
            }
            while let frame = try client.readInbound(as: HTTP2Frame.self) { take(frame) }
        }
    }

    private func take(_ frame: HTTP2Frame) {
        let stream = Int(frame.streamID)
        switch frame.payload {
        case .headers(let head):
            if head.headers.first(name: ":status") == "100" {
                answers[stream, default: HTTP2Answer()].isInvited = true
            } else {
                answers[stream, default: HTTP2Answer()].fields = head.headers
                answers[stream]?.isComplete = head.endStream
            }
        case .data(let data):
            if case .byteBuffer(let bytes) = data.data {
                answers[stream, default: HTTP2Answer()].body += String(buffer: bytes)
            }
            answers[stream, default: HTTP2Answer()].isComplete = data.endStream
        case .rstStream(let code):
            answers[stream, default: HTTP2Answer()].reset = code
        case .goAway(_, let code, _):
            ends.append(code)
        case .settings(.settings(let settings)):
            self.settings = settings
        default:
            break
        }
    }
}

/// What has come of an answer.
struct HTTP2Answer {
    var isInvited = false
    var fields = HPACKHeaders()
    var body = ""
    var isComplete = false
    var reset: HTTP2ErrorCode?

    var status: Int? { fields.first(name: ":status").flatMap { Int($0) } }

    subscript(name: String) -> String? { fields.first(name: name) }
}
