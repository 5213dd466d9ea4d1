import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One connection of the server: reads requests, has them answered and writes the answers in order (RFC 9112 §9).
///
/// It takes the channel's bytes and gives it bytes. A request that is answered on the spot costs no promise, no timer
/// and no hop; all answers of a burst of requests leave in one write. The other files of this folder extend it by what
/// it does in each phase.
final class ConnectionHandler: ChannelDuplexHandler, ServerConnection, TurnTaker {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Waiting for the next request or in the middle of its head.
        case head
        /// In the middle of a body.
        case body
        /// A request is being answered; the next one is not looked at.
        case answering
        /// Throwing away a body that was too large, behind its answer.
        case discarding
        /// The last answer is written. Input is thrown away until the client has seen the end of the output.
        case lingering
        case closed
    }

    /// Bytes of answers that are gathered before they are written.
    static let outputBurst = 64 * 1024
    /// Bodies of answers up to this size are not counted in the server's `BodyMemory`, and those of requests need not keep
    /// to the higher rate of large ones.
    static let uncountedBodySize = 64 * 1024
    /// Requests answered in a row before other connections get their turn.
    static let requestBurst = 256

    let shared: EventLoopConnections
    var index: Int?
    var context: ChannelHandlerContext?
    /// Of the other end of the connection.
    var remoteAddress: ClientAddress?
    /// Whom the request that is being read or answered came from, by way of a trusted proxy or not.
    var clientAddress: ClientAddress?
    let life = ConnectionLife()
    /// What stands before this handler counts the bytes, then.
    let isOverTLS: Bool
    /// Nil until the connection is counted, by this handler or by one before it, which also stops counting it then.
    var admission: ConnectionLimit.Admission?

    var phase = Phase.head
    var input = ByteBuffer()
    var output = ByteBuffer()
    var parser: RequestHeadParser
    var partial: PartialRequest?
    /// Bytes of the request's body that are counted in the server's `BodyMemory`.
    var heldBody = 0
    var answer = AnswerContext(isToHead: false, version: .http11, isPersistent: true)
    var stream: OutgoingStream?
    var exchanges = ExchangeRecorder()
    /// Those of which the last bytes, and so many of the body, are gathered in `output`.
    var unwritten: [(exchange: LoggedExchange, bodySize: Int)] = []
    /// Bytes of a body that are still to be thrown away.
    var discardable = 0
    var lingerBytes = 0

    /// When the current wait began: for a request, for the rest of a head, or for the end of the output.
    var waitStart: NIODeadline
    /// When the client closed its side.
    var inputEnd: NIODeadline?
    var isFirstRequest = true
    var isHeadStarted = false
    var discardRate: MinimumRate?
    var writeRate: MinimumRate?
    /// When the client must have taken each of the answers that are counted in the server's `BodyMemory`, in their order.
    var answerDeadlines: [NIODeadline] = []
    /// Bytes handed to the channel, and bytes that were known to have left it at the last look.
    var written = 0
    var taken = 0

    var isWritable = true
    var isInputClosed: Bool { inputEnd != nil }
    var isOutputClosed = false
    var isReadHeld = false
    var isReading = false
    var isAdvancing = false
    var isPumping = false
    var isAwaitingTurn = false

    /// - Parameter admission: of a connection that is counted already, as one over TLS is before its handshake.
    init(shared: EventLoopConnections, admission: ConnectionLimit.Admission? = nil) {
        self.shared = shared
        self.admission = admission
        isOverTLS = admission != nil
        self.parser = RequestHeadParser(maximumSize: shared.configuration.maxHeaderSize)
        self.waitStart = shared.now
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
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let bytes = Self.unwrapInboundIn(data)
        if !isOverTLS { shared.counters.receivedBytes &+= UInt64(bytes.readableBytes) }
        receive(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush()
    }

    func read(context: ChannelHandlerContext) {
        if wantsInput {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            pump()
            advance()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            inputClosed()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What has come in whole over TLS says itself where it ends (RFC 9112 §9.8).
        if case NIOSSLError.uncleanShutdown = error { return }
        // Nearly always a client that went away, which is nothing to log.
        context.close(promise: nil)
    }
}

// MARK: - Beginning and end

extension ConnectionHandler {
    private func begin(_ context: ChannelHandlerContext) {
        guard index == nil, phase != .closed else { return }
        shared.add(self)
        waitStart = .now()
        let admission = admission ?? shared.enter()
        self.admission = admission
        remoteAddress = context.remoteAddress.flatMap { ClientAddress($0) }
        clientAddress = remoteAddress
        if shared.isDraining || admission == .dropped {
            abort()
        } else if admission == .refused {
            fail(.tooManyConnections)
            flush()
        }
    }

    private func end() {
        guard phase != .closed else { return }
        // The handler holds the body of a request that it answers until it has done so.
        if phase != .answering { releaseBody() }
        phase = .closed
        life.end()
        exchanges.abandon(on: shared)
        for (exchange, _) in unwritten { exchange.end(isComplete: false) }
        unwritten = []
        if let admission, !isOverTLS { shared.leave(admission) }
        endStream(cancelling: true)
        partial = nil
        input = ByteBuffer()
        output = ByteBuffer()
        shared.remove(self)
    }

    /// Closes the connection so that the client sees that something was cut: with a reset if possible, since after an
    /// answer that ends with the connection an orderly end would look like the end of the body.
    func abort() {
        guard let context else { return }
        if let options = context.channel as? any SocketOptionProvider {
            options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
        }
        context.triggerUserOutboundEvent(TransportClosure(), promise: nil)
        context.close(promise: nil)
    }

    /// Ends the connection as a shutdown asks for: an answer that has begun is finished, at once where it has no end of
    /// its own, and a request that has not fully arrived is refused.
    func drain() {
        switch phase {
        case .head where !isHeadStarted, .discarding:
            closeIdle()
        case .head, .body:
            fail(.shuttingDown)
            flush()
        case .answering:
            answer.isPersistent = false
            if let stream, stream.source.isEndless { finishStream(cancelling: true) }
        case .lingering, .closed:
            break
        }
    }

    /// The client sends no more. What it has sent in whole is answered; the rest can't become a request.
    private func inputClosed() {
        inputEnd = .now()
        // Whoever still wants to read events has no reason to close, and nothing else would tell that they went away.
        if phase == .answering, stream?.source.isEndless ?? false {
            // The client has cut the answer, as one that resets a stream of HTTP/2 does, though its end is still written.
            exchanges.abandon(on: shared)
            answer.isPersistent = false
            finishStream(cancelling: true)
            return
        }
        switch phase {
        case .head, .answering:
            advance()
        case .body, .discarding:
            closeWhenWritten()
        case .lingering where isOutputClosed:
            context?.close(promise: nil)
        case .lingering, .closed:
            break
        }
    }
}
