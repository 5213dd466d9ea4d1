import NIOCore

/// Has the server's settings hold from the first request of a connection on.
///
/// NIO's handler of HTTP/2, before which this one stands, keeps to a bound of its own on heads, of 16 KiB, until the client has
/// acknowledged the settings, and a client sends its first request before that. So it is told of the acknowledgment right behind the
/// client's own settings (RFC 9113 §3.4), and the real one is left out. The client may meanwhile go by the initial values of HTTP/2
/// (§6.5.2), of which only one lets it do more: they have no bound on streams. This server's holds from the first request on, as does
/// NIO's own before an acknowledgment, which is the same; a client that begins more streams at once loses the connection.
final class HTTP2SettingsHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Phase {
        /// The fixed bytes that a client begins with, and its settings behind them.
        case preface, settings
        /// The frames behind the settings, up to the acknowledgment.
        case frames
        case acknowledged
    }

    private static let prefaceSize = 24
    /// Of a frame (RFC 9113 §4.1): its length in 24 bits, its type, its flags and its stream.
    private static let headerSize = 9
    private static let headersType: UInt8 = 1
    private static let settingsType: UInt8 = 4
    private static let continuationType: UInt8 = 9
    private static let acknowledgmentFlag: UInt8 = 1
    private static let endHeadersFlag: UInt8 = 4
    /// The highest bit of a stream's number says nothing.
    private static let streamMask: UInt32 = 0x7FFF_FFFF
    /// A frame of no bytes of the whole connection (RFC 9113 §6.5).
    private static let acknowledgment: [UInt8] = [0, 0, 0, settingsType, acknowledgmentFlag, 0, 0, 0, 0]

    private var phase = Phase.preface
    /// What is not passed on yet: part of a frame's header.
    private var input = ByteBuffer()
    /// Bytes of the preface, or of the frame that is under way, which are passed on as they are.
    private var remaining = prefaceSize
    /// A request's fields have come in part, behind which only the rest of them may come (RFC 9113 §6.10).
    private var isInFields = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.writeImmutableBuffer(Self.unwrapInboundIn(data))
        var output = ByteBuffer()
        output.reserveCapacity(input.readableBytes + Self.headerSize)
        while phase != .acknowledged, pass(to: &output) {}
        if phase == .acknowledged { output.writeImmutableBuffer(input) }
        input.discardReadBytes()
        if output.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(output)) }
        if phase == .acknowledged { context.pipeline.syncOperations.removeHandler(self, promise: nil) }
    }

    /// Passes on what can be in one step; false where more bytes are needed.
    private func pass(to output: inout ByteBuffer) -> Bool {
        if remaining > 0 {
            guard let bytes = input.readSlice(length: min(remaining, input.readableBytes)), bytes.readableBytes > 0
            else { return false }
            remaining -= bytes.readableBytes
            output.writeImmutableBuffer(bytes)
            if remaining == 0, phase == .settings {
                output.writeBytes(Self.acknowledgment)
                phase = .frames
            }
            return true
        }
        guard input.readableBytes >= Self.headerSize,
            let (high, low, type, flags, stream) = input.getMultipleIntegers(
                at: input.readerIndex, as: (UInt16, UInt8, UInt8, UInt8, UInt32).self)
        else { return false }
        let length = Int(high) << 8 | Int(low)
        // Any other is passed on, to end the connection.
        if phase == .frames, type == Self.settingsType, flags & Self.acknowledgmentFlag != 0, length == 0,
            stream & Self.streamMask == 0, !isInFields
        {
            input.moveReaderIndex(forwardBy: Self.headerSize)
            phase = .acknowledged
            return true
        }
        if type == Self.headersType || type == Self.continuationType { isInFields = flags & Self.endHeadersFlag == 0 }
        if phase == .preface { phase = .settings }
        remaining = Self.headerSize + length
        return true
    }
}
