import HTTPServer
import KeyValueStore
import NIOCore
import Synchronization

/// What a source writes on its way to a client, a piece at a time, each made when the last was taken.
package final class ScanStream<Source: PieceSource>: BodyStream {
    private struct State {
        var first: ByteBuffer?
        /// Nil once the last piece was taken, which releases its snapshot.
        var source: Source?
    }

    private struct Piece {
        var source: Source
        var buffer = ByteBuffer()
    }

    private let state: Mutex<State>
    private let threads: ScanThreads

    /// - Parameter first: the piece that `source` wrote already.
    package init(first: ByteBuffer, _ source: Source, threads: ScanThreads) {
        state = Mutex(State(first: first, source: source))
        self.threads = threads
        threads.beginStream()
    }

    deinit {
        threads.endStream()
    }

    package var length: Int? { nil }

    package func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        let (first, source) = state.withLock { state in
            defer { state.first = nil }
            return (state.first, state.source)
        }
        if let first { return eventLoop.makeSucceededFuture(first) }
        guard let source, !source.isFinished else {
            cancel()
            return eventLoop.makeSucceededFuture(nil)
        }
        return threads.run(Piece(source: source), on: eventLoop) { [self] (piece) throws(StoreError) in
            guard state.withLock({ $0.source != nil }) else { return .done(ByteBuffer()) }
            var piece = piece
            guard try piece.source.fill(&piece.buffer) else { return .paused(piece) }
            // Only one piece is asked for at a time, so nobody but `cancel` changes the source meanwhile.
            let rest = piece.source
            state.withLock { $0.source = $0.source == nil ? nil : rest }
            return .done(piece.buffer)
        }
    }

    package func cancel() {
        let rest = state.withLock { state in
            defer { state = State(first: nil, source: nil) }
            return state.source
        }
        // To release a snapshot may wait for the engine.
        if let rest { threads.release(rest) }
    }
}
