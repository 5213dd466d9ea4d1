import HTTPServer
import KeyValueStore
import NIOCore
import Storage
import Synchronization

/// A list on its way to a client, a piece at a time, each made when the last was taken.
final class ListStream<Engine: StorageEngine>: BodyStream {
    private struct State {
        var first: ByteBuffer?
        /// Nil once the list is over, which releases its snapshot.
        var cursor: ListCursor<Engine>?
    }

    private struct Piece {
        var cursor: ListCursor<Engine>
        var buffer = ByteBuffer()
    }

    private let state: Mutex<State>
    private let threads: ScanThreads

    init(first: ByteBuffer, _ cursor: ListCursor<Engine>, threads: ScanThreads) {
        state = Mutex(State(first: first, cursor: cursor))
        self.threads = threads
    }

    var length: Int? { nil }

    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        let (first, cursor) = state.withLock { state in
            defer { state.first = nil }
            return (state.first, state.cursor)
        }
        if let first { return eventLoop.makeSucceededFuture(first) }
        guard let cursor else { return eventLoop.makeSucceededFuture(nil) }
        return threads.run(Piece(cursor: cursor), on: eventLoop) { [self] (piece) throws(StoreError) in
            guard state.withLock({ $0.cursor != nil }) else { return .done(ByteBuffer()) }
            var piece = piece
            guard try piece.cursor.fill(&piece.buffer) else { return .paused(piece) }
            // Only one piece is asked for at a time, so nobody but `cancel` changes the cursor meanwhile.
            let rest = piece.cursor.isFinished ? nil : piece.cursor
            state.withLock { $0.cursor = $0.cursor == nil ? nil : rest }
            return .done(piece.buffer)
        }
    }

    func cancel() {
        let rest = state.withLock { state in
            defer { state = State(first: nil, cursor: nil) }
            return state.cursor
        }
        // To release a snapshot may wait for the engine.
        if let rest { threads.release(rest) }
    }
}
