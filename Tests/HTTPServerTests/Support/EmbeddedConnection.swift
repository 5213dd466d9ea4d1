import Logging
import NIOCore
import NIOEmbedded

@testable import HTTPServer

/// A connection without a socket. Its time moves by a millisecond with each look.
struct EmbeddedConnection {
    let channel = EmbeddedChannel()
    let shared: EventLoopConnections

    /// A connection whose bodies count in `bodies`, or in a memory of its own, of a client at `address`, or else at a Unix socket.
    init(
        _ handler: TestHandler = TestHandler(), configuration: ServerConfiguration = ServerConfiguration(),
        bodies: BodyMemory? = nil, address: String? = "192.0.2.1"
    ) throws {
        try self.init(handling: handler, configuration: configuration, bodies: bodies, address: address)
    }

    init(
        handling handler: any RequestHandler, configuration: ServerConfiguration = ServerConfiguration(),
        bodies: BodyMemory? = nil, address: String? = "192.0.2.1"
    ) throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        shared = EventLoopConnections(
            eventLoop: channel.eventLoop, configuration: configuration, handler: handler,
            limit: ConnectionLimit(maximum: configuration.maxConnections),
            bodies: bodies ?? BodyMemory(maximum: configuration.maxBufferedBodies), logger: logger)
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(shared: shared))
        let remote = try address.map { try SocketAddress(ipAddress: $0, port: 1) }
        try channel.connect(to: remote ?? SocketAddress(unixDomainSocketPath: "/test")).wait()
    }

    /// Gives the server bytes, and gives what it has written in answer.
    func send(_ text: String) throws -> String {
        try send(ByteBuffer(string: text))
    }

    func send(_ bytes: ByteBuffer) throws -> String {
        try channel.writeInbound(bytes)
        return try received()
    }

    /// Looks at the timeouts as if it were so much later, and gives what is written because of it.
    func wait(_ time: TimeAmount) throws -> String {
        shared.checkTimeouts(now: .now() + time)
        return try received()
    }

    func received() throws -> String {
        try String(buffer: receivedBytes())
    }

    func receivedBytes() throws -> ByteBuffer {
        var bytes = ByteBuffer()
        var isDone = false
        while !isDone {
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            isDone = true
            while let piece = try channel.readOutbound(as: ByteBuffer.self) {
                bytes.writeImmutableBuffer(piece)
                isDone = false
            }
        }
        return bytes
    }

    /// The number of writes that answered bytes.
    func writes(answering text: String) throws -> Int {
        try channel.writeInbound(ByteBuffer(string: text))
        var count = 0
        while try channel.readOutbound(as: ByteBuffer.self) != nil { count += 1 }
        return count
    }
}

/// An answer cut into its parts.
struct Answer: Equatable {
    var statusLine: String
    var fields: [String]
    var body: String

    /// The first answer of a text, and what is behind its head.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else {
            return nil
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        statusLine = lines.first ?? ""
        fields = Array(lines.dropFirst())
        body = String(decoding: bytes[(end + 4)...], as: UTF8.self)
    }

    var code: Int? { Int(statusLine.split(separator: " ").dropFirst().first ?? "") }

    func field(_ name: String) -> String? {
        let start = name.lowercased() + ": "
        return fields.first { $0.lowercased().hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }
}
