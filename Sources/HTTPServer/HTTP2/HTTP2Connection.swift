import NIOCore
import NIOHTTP2

/// One connection that speaks HTTP/2: keeps its streams within bounds and ends it (RFC 9113 §5, §6.8).
///
/// It stands behind NIO's handler of HTTP/2, which reads and writes frames, keeps to flow control, gives each stream a channel
/// of its own and defends itself against floods of frames. It gets the frames that are of no stream.
final class HTTP2Connection: ChannelInboundHandler, ServerConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    enum Phase {
        case open
        /// The client was told that the connection ends, and may have begun streams since that it has not heard of that.
        case announcingEnd
        /// No new stream begins any more; those that there are go on.
        case ending
        /// Nothing is sent any more. Input is thrown away until the client has seen the end of the output.
        case lingering
        case closed
    }

    /// The most bytes of answers that are on their way and not counted in the server's `BodyMemory`, of all streams together.
    private static let uncountedSizeMax = 64 * 1024
    /// The most bytes that are read at once: some hundred of the smallest requests.
    static let readSizeMax = 8 * 1024

    let shared: EventLoopConnections
    var index: Int?
    var context: ChannelHandlerContext?
    private(set) var remoteAddress: ClientAddress?
    private let admission: ConnectionLimit.Admission

    var phase = Phase.open
    private(set) var streams: [HTTP2Stream] = []
    /// The highest number of a stream of the client.
    var lastStream = HTTP2StreamID.rootStream
    var hasHadStreams = false
    /// Requests that the handler has to answer, also those whose streams have ended.
    var requestsUnderWay = 0
    private var uncounted = 0
    /// When the current wait began: for a stream, for the answer to a PING, or for the end of the output.
    var waitStart: NIODeadline
    /// How fast the client takes what is written; nil as long as the channel takes more.
    var writeRate: MinimumRate?
    var buffered = 0

    private init(shared: EventLoopConnections, admission: ConnectionLimit.Admission) {
        self.shared = shared
        self.admission = admission
        self.waitStart = shared.now
    }

    /// Adds the handlers of a connection of which no byte was read.
    static func begin(
        on channel: any Channel, _ shared: EventLoopConnections, _ admission: ConnectionLimit.Admission
    ) throws {
        let connection = HTTP2Connection(shared: shared, admission: admission)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP2FrameGatherer(shared: shared))
        try pipeline.addHandler(HTTP2SettingsHandler())
        try pipeline.addHandler(
            NIOHTTP2Handler(
                mode: .server, eventLoop: channel.eventLoop,
                connectionConfiguration: .server(shared.configuration), streamConfiguration: .server
            ) { stream in
                stream.eventLoop.makeCompletedFuture {
                    try stream.pipeline.syncOperations.addHandler(HTTP2Stream(of: bound.value))
                }
            })
        try pipeline.addHandler(connection)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase != .closed {
            phase = .closed
            shared.remove(self)
        }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ping(HTTP2Connection.endPing, ack: true) = Self.unwrapInboundIn(data).payload { endAnnounced() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { writeRate = nil }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Without frames of the client no stream goes on for long.
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error where HTTP2Connection.isOfOneStream(error): break
        case is any NIOHTTP2Error where phase != .lingering && phase != .closed: linger()
        // Nearly always a client that went away, which is nothing to log.
        default: abort()
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard index == nil, phase == .open else { return }
        shared.add(self)
        waitStart = .now()
        remoteAddress = context.remoteAddress.flatMap { ClientAddress($0) }
        if shared.isDraining || admission == .dropped {
            abort()
        } else if admission == .refused {
            writeEnd(.enhanceYourCalm)
            linger()
        }
    }
}

// MARK: - Streams

extension HTTP2Connection {
    func add(_ stream: HTTP2Stream) {
        stream.index = streams.count
        streams.append(stream)
        hasHadStreams = true
        if let id = stream.id, id > lastStream { lastStream = id }
    }

    func remove(_ stream: HTTP2Stream) {
        guard let index = stream.index, index < streams.count else { return }
        stream.index = nil
        let last = streams.removeLast()
        if last !== stream {
            streams[index] = last
            last.index = index
        }
        guard streams.isEmpty else { return }
        waitStart = shared.now
        if phase == .ending { lingerSoon() }
    }

    /// Whether one more request may be handed to the handler: not while it has so many to answer, as of a client that takes
    /// its requests back as fast as it sends them (CVE-2023-44487).
    var takesRequests: Bool {
        requestsUnderWay < shared.configuration.maxConcurrentStreams && phase != .lingering && phase != .closed
    }
}

// MARK: - Memory

extension HTTP2Connection {
    /// Bytes of an answer that have not left this process, and where they are counted.
    struct HeldBytes {
        let count: Int
        /// Of the client that they are for.
        let address: ClientAddress?
        let isShared: Bool
    }

    /// Counts bytes of an answer until `release`; nil where there is no room for them.
    ///
    /// A client may leave the answers of all its streams untaken, so that those of a connection count in the server's
    /// `BodyMemory` once they are together larger than what a connection of HTTP/1.1 has for free.
    func hold(_ count: Int, for address: ClientAddress?) -> HeldBytes? {
        guard uncounted + count > HTTP2Connection.uncountedSizeMax else {
            uncounted += count
            return HeldBytes(count: count, address: address, isShared: false)
        }
        guard shared.bodies.take(count, for: address) else { return nil }
        return HeldBytes(count: count, address: address, isShared: true)
    }

    func release(_ held: HeldBytes) {
        if held.isShared {
            shared.bodies.release(held.count, for: held.address)
        } else {
            uncounted -= held.count
        }
    }
}
