import NIOCore

/// Hands all frames that are flushed together to TLS as one write.
///
/// NIO writes an answer in three pieces: its fields, the header of the frame with its body, and the body. Each would become a record of TLS,
/// to be sealed here and opened by the client on its own.
final class HTTP2FrameGatherer: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The most bytes of a record (RFC 8446 §5.1).
    private static let recordSizeMax = 16 * 1024
    /// The most bytes that are copied, so that a frame of a streamed body leaves with its header; what is larger makes a record worth
    /// its while.
    private static let copySizeMax = HTTP2Stream.frameSize

    private let shared: EventLoopConnections
    private var gathered = ByteBuffer()
    /// Of the first of the gathered writes that has one; those of the writes behind it are kept with it, in their order.
    private var promise: EventLoopPromise<Void>?

    init(shared: EventLoopConnections) {
        self.shared = shared
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = Self.unwrapOutboundIn(data)
        let isLarge = bytes.readableBytes > Self.copySizeMax
        if isLarge || gathered.readableBytes + bytes.readableBytes > Self.recordSizeMax { pass(context) }
        guard !isLarge else {
            context.write(data, promise: promise)
            return
        }
        if gathered.capacity == 0 { gathered = shared.takeOutput() }
        gathered.writeImmutableBuffer(bytes)
        guard let promise else { return }
        self.promise?.futureResult.cascade(to: promise)
        if self.promise == nil { self.promise = promise }
    }

    func flush(context: ChannelHandlerContext) {
        let bytes = pass(context)
        context.flush()
        if let bytes { shared.returnOutput(bytes) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        let promise = promise
        self.promise = nil
        promise?.fail(ChannelError.ioOnClosedChannel)
    }

    /// Writes what is gathered, and gives that.
    @discardableResult
    private func pass(_ context: ChannelHandlerContext) -> ByteBuffer? {
        guard gathered.readableBytes > 0 || promise != nil else { return nil }
        var bytes = ByteBuffer()
        swap(&bytes, &gathered)
        let promise = promise
        self.promise = nil
        context.write(Self.wrapOutboundOut(bytes), promise: promise)
        return bytes
    }
}
