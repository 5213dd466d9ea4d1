import HTTPAPI
import KeyValueStore
import NIOCore
import Storage

/// Reads the history for watchers, where that may block.
struct HistoryReader: Sendable {
    /// How much of the history one step reads, in bytes.
    private static var stepSize: Int { 1 << 20 }

    /// What was found behind a place.
    enum Found: Sendable {
        /// Events, and the place behind them.
        case piece(EventWriter, ChangePosition)
        /// Nothing more up to this place, from which on memory knows.
        case end(ChangePosition)
        /// The history does not reach back to there.
        case lost
    }

    let store: KeyValueStore
    let threads: ScanThreads

    /// - Returns: a future of `eventLoop`, which fails with a `StoreError`, or where the threads have ended.
    func read(
        _ filter: WatchFilter, behind position: ChangePosition, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Found> {
        threads.run(position, on: eventLoop) { [store] (position) throws(StoreError) in
            var writer = EventWriter()
            let step = try StoreError.wrapping { () throws(StorageError) in
                try store.readHistory(of: filter.namespace, behind: position, sizeMax: Self.stepSize) {
                    writer.take($0, filter)
                }
            }
            switch step {
            case .lost: return .done(Found.lost)
            case .paused(let position) where writer.isEmpty: return .paused(position)
            case .end(let position) where writer.isEmpty: return .done(.end(position))
            case .paused(let position), .end(let position): return .done(.piece(writer, position))
            }
        }
    }
}
