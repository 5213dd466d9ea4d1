import NIOCore
import NIOEmbedded

/// A promise of a piece, of a loop that is not the connection's.
struct EmbeddedPieces: Sendable {
    private let loop = EmbeddedEventLoop()
    private let promise: EventLoopPromise<ByteBuffer?>

    init() {
        promise = loop.makePromise(of: ByteBuffer?.self)
    }

    var future: EventLoopFuture<ByteBuffer?> { promise.futureResult }

    func succeed(_ piece: ByteBuffer?) {
        promise.succeed(piece)
        loop.run()
    }
}
