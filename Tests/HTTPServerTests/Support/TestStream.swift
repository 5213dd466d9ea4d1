import NIOCore
import Synchronization

@testable import HTTPServer

/// A stream of pieces that counts what is asked of it.
final class TestStream: BodyStream {
    enum Piece: Sendable {
        case bytes(ByteBuffer)
        case end
        case failure
        case later(EventLoopFuture<ByteBuffer?>)
        /// Never comes.
        case never
    }

    let length: Int?
    let isEndless: Bool
    private let piece: @Sendable (Int) -> Piece
    private let counts = Mutex((asked: 0, cancelled: 0))

    /// A stream whose pieces come from a function of their number, from 0.
    init(length: Int? = nil, isEndless: Bool = false, _ piece: @escaping @Sendable (Int) -> Piece) {
        self.length = length
        self.isEndless = isEndless
        self.piece = piece
    }

    convenience init(length: Int? = nil, isEndless: Bool = false, pieces: [String], last: Piece = .end) {
        self.init(length: length, isEndless: isEndless) {
            $0 < pieces.count ? .bytes(ByteBuffer(string: pieces[$0])) : last
        }
    }

    var asked: Int { counts.withLock { $0.asked } }
    var cancelled: Int { counts.withLock { $0.cancelled } }

    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        let number = counts.withLock { counts in
            counts.asked += 1
            return counts.asked - 1
        }
        switch piece(number) {
        case .bytes(let bytes): return eventLoop.makeSucceededFuture(bytes)
        case .end: return eventLoop.makeSucceededFuture(nil)
        case .failure: return eventLoop.makeFailedFuture(ChannelError.eof)
        case .later(let future): return future
        case .never:
            let promise = eventLoop.makePromise(of: ByteBuffer?.self)
            // A promise that is dropped traps; this one is kept for ever with the loop's own closure.
            eventLoop.scheduleTask(in: .seconds(3600)) { promise.succeed(nil) }.futureResult.whenFailure {
                promise.fail($0)
            }
            return promise.futureResult
        }
    }

    func cancel() {
        counts.withLock { $0.cancelled += 1 }
    }
}
