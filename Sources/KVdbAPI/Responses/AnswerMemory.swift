import HTTPServer
import NIOCore
import Synchronization

/// Counts what answers that are made whole hold in memory until their clients have taken them.
final class AnswerMemory: Sendable {
    /// In bytes.
    private let limit: Int
    private let held = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// - Throws: 503 while answers hold as much as they may; the last to be made may pass it.
    func requireRoom() throws(APIError) {
        guard held.load(ordering: .relaxed) < limit else {
            throw .unavailable("too many large answers are on their way; try again soon", retryAfter: 1)
        }
    }

    /// Counts a body until it is sent or nobody takes it any more.
    func body(_ bytes: ByteBuffer) -> Response.Body {
        .stream(HeldBody(bytes, in: self))
    }

    fileprivate func add(_ size: Int) {
        held.wrappingAdd(size, ordering: .relaxed)
    }

    fileprivate func subtract(_ size: Int) {
        held.wrappingSubtract(size, ordering: .relaxed)
    }
}

/// A body that is in memory, handed out in pieces.
private final class HeldBody: BodyStream {
    private static let pieceSize = 256 * 1024

    private let memory: AnswerMemory
    private let size: Int
    private let rest: Mutex<ByteBuffer>

    init(_ bytes: ByteBuffer, in memory: AnswerMemory) {
        self.memory = memory
        size = bytes.readableBytes
        rest = Mutex(bytes)
        memory.add(size)
    }

    deinit {
        memory.subtract(size)
    }

    var length: Int? { size }

    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        let piece = rest.withLock { rest -> ByteBuffer? in
            guard rest.readableBytes > 0 else { return nil }
            return rest.readSlice(length: min(rest.readableBytes, Self.pieceSize))
        }
        return eventLoop.makeSucceededFuture(piece)
    }

    func cancel() {
        rest.withLock { $0 = ByteBuffer() }
    }
}
