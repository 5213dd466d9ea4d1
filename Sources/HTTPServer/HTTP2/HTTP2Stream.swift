import NIOCore
import NIOHTTP2

/// One stream of an HTTP/2 connection: reads a request, has it answered and writes the answer (RFC 9113 §8.1).
///
/// The other files of its name extend it by what it does in each phase.
final class HTTP2Stream: ChannelInboundHandler, TurnTaker {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    enum Phase {
        case head
        case body
        case answering
        /// The answer's head is written, and its body comes piece by piece.
        case streaming
        /// All of the answer is written, and waits for the client to take it.
        case answered
        case closed
    }

    let connection: HTTP2Connection
    var shared: EventLoopConnections { connection.shared }
    /// The place among the streams of the connection.
    var index: Int?
    private(set) var id: HTTP2StreamID?
    var context: ChannelHandlerContext?
    let life = ConnectionLife()

    /// Whom the request came from, by way of a trusted proxy or not.
    lazy var clientAddress = connection.remoteAddress
    var exchanges = ExchangeRecorder()

    var phase = Phase.head
    /// The client has sent all of its request, or will not.
    var isRequestComplete = false
    var isToHead = false
    /// The request changes nothing, so that it may be sent again whatever became of it.
    var isToSafeRequest = false
    var incoming: IncomingBody?
    /// Bytes of the request that are counted in the server's `BodyMemory`: of its body, and of its head, which may take
    /// far fewer on the wire.
    var heldRequest = 0
    var heldAnswer: HTTP2Connection.HeldBytes?
    /// When the client must have taken the answer, once all of it is written.
    var answerDeadline: NIODeadline?
    var outgoing: OutgoingPieces?
    var isPumping = false
    var isAwaitingTurn = false

    init(of connection: HTTP2Connection) {
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        id = try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)
        connection.add(self)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        connection.remove(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .headers(let frame):
            if frame.endStream { isRequestComplete = true }
            if phase == .head {
                begin(frame.headers)
            } else if phase == .body {
                finishBody(behind: frame.headers)
            }
        case .data(let frame):
            if frame.endStream { isRequestComplete = true }
            if phase == .body, case .byteBuffer(let bytes) = frame.data { take(bytes) }
        default:
            break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // NIO has closed the stream, or refuses a frame of an answer, which then can't be brought to its end.
        context.close(promise: nil)
    }
}

// MARK: - End

extension HTTP2Stream {
    /// Gives back all that the stream holds. Does nothing where that was done before.
    func end() {
        guard phase != .closed else { return }
        // The handler holds the body of a request that it answers until it has done so.
        if phase != .answering { releaseRequest() }
        phase = .closed
        life.end()
        exchanges.abandon(on: shared)
        incoming = nil
        if let heldAnswer { connection.release(heldAnswer) }
        heldAnswer = nil
        endPieces(cancelling: true)
    }

    /// Ends the stream abruptly (RFC 9113 §5.4.2).
    func reset(_ code: HTTP2ErrorCode) {
        guard phase != .closed, let context else { return }
        end()
        context.writeAndFlush(Self.wrapOutboundOut(.rstStream(code)), promise: nil)
    }

    /// Ends the stream as a shutdown asks for: an answer that has begun is finished, at once where it has no end of its own,
    /// and a request that has not fully arrived is refused.
    func drain() {
        switch phase {
        case .body:
            fail(.shuttingDown)
        case .streaming:
            if let outgoing, outgoing.source.isEndless { finishPieces(cancelling: true) }
        case .head, .answering, .answered, .closed:
            break
        }
    }

    /// Ends what has taken too long by `now`.
    func checkTimeouts(now: NIODeadline) {
        let configuration = shared.configuration
        switch phase {
        case .body:
            if incoming?.pace.isOverdue(configuration, now: now) ?? false { fail(.bodyTimeout) }
        case .streaming:
            guard let outgoing else { break }
            if outgoing.writeRate?.isMissed(at: now) ?? false {
                reset(.enhanceYourCalm)
            } else if !outgoing.source.isEndless,
                configuration.isTooLong(now - outgoing.start, streaming: outgoing.size)
            {
                shared.logger.warning("an answer took too long to stream and was cut short")
                reset(.enhanceYourCalm)
            }
        case .answered:
            if let answerDeadline, now > answerDeadline { reset(.enhanceYourCalm) }
        case .head, .answering, .closed:
            break
        }
    }
}
