import Logging
import Storage

/// Keeps the history to its size: moves its start on, and has the space of what lies before it given back.
struct HistoryTrimmer<Engine: StorageEngine>: Sendable {
    let engine: Engine
    let history: History
    let writer: Writer<Engine>
    let sweeper: Sweeper<Engine>
    let logger: Logger

    /// Called again and again on one thread, which it may block.
    func trim() {
        do throws(StorageError) {
            guard let new = try history.newStart(engine) else { return }
            writer.submit(
                Writer.Command(
                    size: 64, freesSpace: true,
                    run: { transaction in
                        transaction.setHistoryStart(new.start)
                        transaction.keepChanges()
                        return { failure in
                            guard failure == nil else { return }
                            history.begin(at: new.start, before: new.before)
                            sweeper.reclaimSoon(historyUpTo: new.start)
                        }
                    },
                    // The next call tries again.
                    refuse: { _ in }
                ))
        } catch {
            logger.warning("the history of changes could not be trimmed", metadata: ["error": "\(error)"])
        }
    }
}
