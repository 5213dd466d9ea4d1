import Logging
import NIOCore

/// Stops accepting connections for a moment when the system has no room for one, for instance no file descriptors.
///
/// Waiting connections stay in the backlog. NIO's own handler of this kind delays the next read, but the channel stays
/// registered for the event after an error and so asks the system again and again without a pause.
final class AcceptBackoff: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private static let pause = TimeAmount.milliseconds(100)

    private let logger: Logger
    private var isPaused = false
    private var hasLogged = false

    init(logger: Logger) {
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isPaused else { return }
        isPaused = true
        if !hasLogged {
            hasLogged = true
            logger.error("no connections can be accepted for now", metadata: ["error": "\(error)"])
        }
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: AcceptBackoff.pause) {
            let (handler, context) = bound.value
            handler.isPaused = false
            // Fails if the channel is closed by now, which ends the matter too.
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasLogged = false
        context.fireChannelRead(data)
    }
}
