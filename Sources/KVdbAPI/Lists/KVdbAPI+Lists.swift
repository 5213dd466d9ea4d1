import HTTPServer
import KeyValueStore
import NIOCore
import NIOPosix
import Storage
import Synchronization

extension KVdbAPI {
    /// `GET /BUCKET/`
    func list(
        _ request: Request, _ parameters: Parameters, bucket: Namespace, on eventLoop: any EventLoop
    ) throws(APIError) -> Reply {
        let query = try ListQuery(request, parameters)
        return blocking(request, on: eventLoop) { [store, blockingThreads] () throws(StorageError) in
            var cursor = ListCursor(try store.snapshot(of: bucket), query)
            let first = try cursor.nextPiece() ?? ByteBuffer()
            guard !cursor.isFinished else {
                return Answers.list(query.format, nextAfter: cursor.cut, body: .bytes(first))
            }
            let cut = try cursor.findCut()
            let stream = ListStream(first: first, cursor, threads: blockingThreads)
            return Answers.list(query.format, nextAfter: cut, body: .stream(stream))
        } then: { response in
            .ready(response)
        }
    }
}

/// A list on its way to a client, a piece at a time, each made when the last was taken.
final class ListStream<Engine: StorageEngine>: BodyStream {
    private struct State {
        var first: ByteBuffer?
        /// Nil once the list is over, which releases its snapshot.
        var cursor: ListCursor<Engine>?
    }

    private let state: Mutex<State>
    private let threads: NIOThreadPool

    init(first: ByteBuffer, _ cursor: ListCursor<Engine>, threads: NIOThreadPool) {
        state = Mutex(State(first: first, cursor: cursor))
        self.threads = threads
    }

    var length: Int? { nil }

    func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        let first = state.withLock { state in
            defer { state.first = nil }
            return state.first
        }
        if let first { return eventLoop.makeSucceededFuture(first) }
        return threads.runIfActive(eventLoop: eventLoop) { [self] in
            // Only one piece is asked for at a time, so nobody else changes the cursor meanwhile.
            guard var cursor = state.withLock({ $0.cursor }) else { return nil }
            let piece = try cursor.nextPiece()
            let rest = piece == nil ? nil : cursor
            state.withLock { $0.cursor = $0.cursor == nil ? nil : rest }
            return piece
        }
    }

    func cancel() {
        state.withLock { $0 = State(first: nil, cursor: nil) }
    }
}
