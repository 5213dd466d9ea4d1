import NIOCore

/// Holds what is written until it is let go, as a socket whose peer takes nothing.
final class WriteHolder: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var held: [(ByteBuffer, EventLoopPromise<Void>?)] = []

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        held.append((Self.unwrapOutboundIn(data), promise))
    }

    func channelInactive(context: ChannelHandlerContext) {
        for (_, promise) in held { promise?.fail(ChannelError.ioOnClosedChannel) }
        held = []
        context.fireChannelInactive()
    }

    /// Lets the first writes go, or all.
    func letGo(_ count: Int = .max) {
        let writes = held.prefix(count)
        held.removeFirst(writes.count)
        for (bytes, promise) in writes { context?.writeAndFlush(Self.wrapOutboundOut(bytes), promise: promise) }
    }
}
