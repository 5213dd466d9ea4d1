import NIOCore
import NIOSSL
import NIOTLS

/// Asks the handler at a connection's lower end to close it without a word more, not even TLS's own.
///
/// Where there is no TLS, nobody needs to heed it.
struct TransportClosure: Sendable {}

/// A connection over TLS until its handshake is over, and from then on only what is beneath it.
///
/// It is the first handler of the channel, before TLS: it counts the connection, ends handshakes that take too long, tells a
/// client that speaks without TLS so, and then puts what was agreed on by ALPN behind TLS.
final class TLSConnection: ChannelDuplexHandler, ServerConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case waiting
        case handshaking
        /// Another handler has the connection.
        case established
        /// What is no TLS was answered. Input is thrown away until the client has seen the end of the output.
        case lingering
        case closed
    }

    /// The first byte of a TLS record that has a part of a handshake (RFC 8446 §5.1).
    private static let handshakeRecord: UInt8 = 22

    private let shared: EventLoopConnections
    var index: Int?
    private var context: ChannelHandlerContext?
    private var phase = Phase.waiting
    private var admission: ConnectionLimit.Admission?
    private var waitStart: NIODeadline

    private init(shared: EventLoopConnections) {
        self.shared = shared
        self.waitStart = shared.now
    }

    /// Adds the handlers of a connection that begins.
    static func begin(on channel: any Channel, _ tls: ServerTLS, _ shared: EventLoopConnections) throws {
        let connection = TLSConnection(shared: shared)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(connection)
        try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
        try pipeline.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                channel.eventLoop.makeCompletedFuture { try connection.establish(result, on: channel) }
            })
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        waitStart = .now()
        let admission = shared.enter()
        self.admission = admission
        shared.add(self)
        if shared.isDraining || admission == .dropped {
            abort()
        } else {
            context.fireChannelActive()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Whoever has the connection by now may not even have heard that it began.
        if let admission { shared.leave(admission) }
        admission = nil
        shared.remove(self)
        phase = .closed
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        shared.counters.receivedBytes &+= UInt64(Self.unwrapInboundIn(data).readableBytes)
        switch phase {
        case .handshaking, .established:
            context.fireChannelRead(data)
        case .waiting:
            let bytes = Self.unwrapInboundIn(data)
            guard let first = bytes.readableBytesView.first, first != TLSConnection.handshakeRecord else {
                phase = .handshaking
                context.fireChannelRead(data)
                return
            }
            refuse(first)
        case .lingering, .closed:
            break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        shared.counters.sentBytes &+= UInt64(Self.unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if phase == .lingering, let event = event as? ChannelEvent, event == .inputClosed {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is TransportClosure else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        context.close(promise: promise)
    }
}

extension TLSConnection {
    /// Hands the connection to the protocol that was agreed on.
    private func establish(_ result: ALPNResult, on channel: any Channel) throws {
        guard phase == .handshaking, let admission else { throw ChannelError.ioOnClosedChannel }
        phase = .established
        shared.remove(self)
        if case .negotiated(ServerTLS.http2) = result {
            // All requests of one read are answered before another connection is looked at, and one may take few bytes.
            let options = channel.syncOptions
            try options?.setOption(.maxMessagesPerRead, value: 1)
            try options?.setOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: HTTP2Connection.readSizeMax))
            try HTTP2Connection.begin(on: channel, shared, admission)
        } else {
            try channel.pipeline.syncOperations.addHandler(ConnectionHandler(shared: shared, admission: admission))
        }
    }

    /// Tells a client that speaks no TLS so, if it seems to speak HTTP.
    private func refuse(_ first: UInt8) {
        guard let context else { return }
        guard first.isLetter else {
            abort()
            return
        }
        phase = .lingering
        waitStart = .now()
        var answer = AnswerContext(isToHead: false, version: .http11, isPersistent: false)
        var output = ByteBuffer()
        let address = context.remoteAddress.flatMap { ClientAddress($0) }
        let response = shared.response(to: .notEncrypted, from: address)
        let rest = ResponseEncoder.encode(response, context: &answer, shared: shared.sharedHeaders, into: &output)
        if case .bytes(let body) = rest { output.writeImmutableBuffer(body) }
        var exchange = ExchangeRecorder()
        exchange.beginInvalid(from: address, on: shared)
        exchange.answer(response.status, on: shared)
        shared.counters.sentBytes &+= UInt64(output.readableBytes)
        let size = response.body.knownSize
        let promise = shared.eventLoop.makePromise(of: Void.self)
        if let exchange = exchange.handOver(bodySize: size, on: shared) {
            promise.futureResult.assumeIsolated().whenComplete { exchange.record($0, bodySize: size, isLast: true) }
        }
        context.writeAndFlush(Self.wrapOutboundOut(output), promise: promise)
        context.close(mode: .output, promise: nil)
    }

    func checkTimeouts(now: NIODeadline) {
        switch phase {
        case .waiting, .handshaking:
            if now - waitStart > shared.configuration.handshakeTimeout { abort() }
        case .lingering:
            if now - waitStart > shared.configuration.lingerTimeout { abort() }
        case .established, .closed:
            break
        }
    }

    func drain() {
        abort()
    }

    func abort() {
        context?.close(promise: nil)
    }
}
