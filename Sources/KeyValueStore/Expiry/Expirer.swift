import Logging
import Storage
import Synchronization

/// Deletes keys at the end of their time to live, so that those who watch are told, and the space comes back.
///
/// A key that is over is gone from all reads before that: expiry is decided when a record is read.
final class Expirer: Sendable {
    /// How many keys one command takes: few enough for those who write not to wait for it.
    private static var batchSize: Int { 500 }

    private let queue: ExpiryQueue
    private let engine: any StorageEngine
    private let garbage: Garbage
    private let writer: Writer
    private let clock: @Sendable () -> Timestamp
    private let isWriting = Atomic(false)

    init(
        engine: any StorageEngine, queue: ExpiryQueue, garbage: Garbage, writer: Writer,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.engine = engine
        self.queue = queue
        self.garbage = garbage
        self.writer = writer
        self.clock = clock
    }

    /// Deletes what is over by now. Called again and again on one thread, which it may block.
    func expireDue() {
        guard !isWriting.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let due = queue.takeDue(at: clock(), limit: Self.batchSize)
        guard !due.isEmpty else {
            isWriting.store(false, ordering: .releasing)
            return
        }
        // The writer, for which all wait, need not wait for the disk.
        for entry in due { KeyLayout.record(entry.namespace, entry.key).withUnsafeBytes { engine.readAhead($0) } }
        writer.submit(
            Writer.Command(
                size: due.reduce(0) { $0 + $1.key.count + 64 }, freesSpace: true,
                run: { [self] transaction in
                    let rest = expire(due, transaction)
                    return { [self] failure in end(failure == nil ? rest : due) }
                },
                refuse: { [self] _ in end(due) }
            ))
    }

    /// Deletes those whose time is over, each in a commit of its own.
    ///
    /// - Returns: those that have more time than they had.
    private func expire(
        _ due: [ExpiryQueue.Entry], _ transaction: WriteTransaction
    ) -> [ExpiryQueue.Entry] {
        due.compactMap { entry in
            // The records of a deleted namespace go without a word.
            guard !garbage.isGone(entry.namespace) else { return nil }
            // What can't be read stays for whoever asks for it to be told.
            guard let expiry = (try? transaction.expire(entry.namespace, entry.key)) ?? nil else { return nil }
            return ExpiryQueue.Entry(expiry: expiry, namespace: entry.namespace, key: entry.key)
        }
    }

    private func end(_ rest: [ExpiryQueue.Entry]) {
        for entry in rest { entry.key.withUnsafeBytes { queue.offer(entry.namespace, $0, entry.expiry) } }
        isWriting.store(false, ordering: .releasing)
    }
}
