import Logging
import Storage
import Synchronization

/// Keeps the history to its size: moves its start on, and has the space of what lies before it given back.
final class HistoryTrimmer: Sendable {
    /// A start on its way to the disk.
    private struct Move {
        let start: ChangePosition
        let before: UInt64
        /// The commit that wrote it; nil while that is awaited.
        var revision: Revision?
    }

    private let engine: any StorageEngine
    private let history: History
    private let writer: Writer
    private let sweeper: Sweeper
    private let logger: Logger
    private let move = Mutex<Move?>(nil)

    init(engine: any StorageEngine, history: History, writer: Writer, sweeper: Sweeper, logger: Logger) {
        self.engine = engine
        self.history = history
        self.writer = writer
        self.sweeper = sweeper
        self.logger = logger
    }

    /// Takes a step: called again and again on one thread, which it may block.
    func trim() {
        if let move = move.withLock({ $0 }) { return finish(move) }
        do throws(StorageError) {
            let next = if let pending = history.pendingStart { pending } else { try history.newStart(engine) }
            guard let new = next else { return }
            move.withLock { $0 = Move(start: new.start, before: new.before) }
            write(new.start)
        } catch {
            logger.warning("the history of changes could not be trimmed", metadata: ["error": "\(error)"])
        }
    }

    private func write(_ start: ChangePosition) {
        writer.submit(
            Writer.Command(
                size: 64, freesSpace: true,
                run: { [self] transaction in
                    let revision = transaction.revision
                    transaction.setHistoryStart(start)
                    transaction.keepChanges()
                    return { [self] failure in
                        move.withLock { if failure == nil { $0?.revision = revision } else { $0 = nil } }
                    }
                },
                // A later step tries again.
                refuse: { [self] _ in move.withLock { $0 = nil } }
            ))
    }

    /// Only once the new start is on disk for certain may what lies before it go.
    private func finish(_ move: Move) {
        guard let revision = move.revision, revision <= writer.newestDurableRevision else { return }
        history.begin(at: move.start, before: move.before)
        sweeper.reclaimHistorySoon()
        self.move.withLock { $0 = nil }
    }
}
