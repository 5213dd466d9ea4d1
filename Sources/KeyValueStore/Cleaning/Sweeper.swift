import Logging
import NIOPosix
import Storage
import Synchronization

/// Gives back the space of what nobody can read any more, on a thread of its own.
///
/// A deleted namespace's keys go at once. Again and again it walks over the store in small steps with pauses between them:
/// it hands the keys that expire before the next walk to the `Expirer`, and has the engine rewrite the stretches of which a
/// quarter or more is garbage; the rest waits for the engine's own compactions.
final class Sweeper: Sendable {
    /// A stretch of the store that a pass has looked at.
    private struct Stretch {
        var range: KeyRange
        var size = 0
        var garbage = 0
        /// Of what was deleted in it.
        var samples: [Key] = []

        mutating func add(deletedSample key: Key) {
            size += DeletedSpace.sampleSize
            garbage += DeletedSpace.sampleSize
            samples.append(key)
        }

        /// Whether enough of it is garbage for it to be rewritten.
        func isWorthRewriting(_ options: SweepOptions) -> Bool {
            garbage >= options.garbageMin && garbage >= size / 4
        }
    }

    private let engine: any StorageEngine
    private let garbage: Garbage
    private let writer: Writer
    private let history: History
    private let expiryQueue: ExpiryQueue
    private let deletedSpace: DeletedSpace
    private let options: SweepOptions
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let loop = Mutex<Task<Void, Never>?>(nil)
    private let isHistoryQueued = Atomic(false)

    init(
        engine: any StorageEngine, garbage: Garbage, writer: Writer, services: WriterServices, options: StoreOptions,
        logger: Logger
    ) {
        self.engine = engine
        self.garbage = garbage
        self.writer = writer
        history = services.history
        expiryQueue = services.expiryQueue
        deletedSpace = services.deletedSpace
        self.options = options.sweep
        clock = options.clock
        self.logger = logger
        thread.start()
    }

    func start() {
        for id in garbage.gone { reclaimSoon(id) }
        let task = Task { [self] in
            var duration = Duration.zero
            while !Task.isCancelled {
                // What expires before the end of the next pass is handed over by this one.
                expiryQueue.setLatest(clock().advanced(by: (options.interval + duration) * 2))
                duration = await ContinuousClock().measure { await pass() }
                try? await Task.sleep(for: options.interval)
            }
        }
        loop.withLock { $0 = task }
    }

    /// Ends what runs; the engine must still be open.
    func stop() async {
        let task = loop.withLock { $0 }
        task?.cancel()
        engine.cancelReclaim()
        await task?.value
        try? await thread.shutdownGracefully()
    }

    /// Gives back the space of a deleted namespace, and forgets it once nothing of it is left.
    func reclaimSoon(_ id: NamespaceID) {
        thread.submit { [self] state in
            guard state == .active else { return }
            do throws(StorageError) {
                try reclaim(id)
            } catch {
                logger.warning("a deleted bucket's space could not be given back", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Gives back the space of the history's pages before its start, once there are enough of them.
    func reclaimHistorySoon() {
        guard !isHistoryQueued.exchange(true, ordering: .relaxed) else { return }
        thread.submit { [self] state in
            isHistoryQueued.store(false, ordering: .relaxed)
            guard state == .active else { return }
            do throws(StorageError) {
                if let range = try history.pagesToReclaim(engine) { try engine.reclaim(range) }
            } catch {
                logger.warning("the space of old changes could not be given back", metadata: ["error": "\(error)"])
            }
        }
    }

    private func reclaim(_ id: NamespaceID) throws(StorageError) {
        var keys: [Key] = []
        for range in [KeyLayout.records(of: id), KeyLayout.scripts(of: id)] {
            var rest = try beginning(of: range)
            if !rest.isWhole {
                try engine.reclaim(range)
                rest = try beginning(of: range)
            }
            guard rest.isWhole else { return }
            // Rewriting the tables around a few records would cost far more than their deletion does.
            keys += rest.keys
        }
        delete(keys, of: id)
    }

    /// The first keys of `range`, as many as are deleted one by one, and whether they are all that it has.
    private func beginning(of range: KeyRange) throws(StorageError) -> (keys: [Key], isWhole: Bool) {
        var keys: [Key] = []
        var size = 0
        var isWhole = true
        try engine.scan(range, reverse: false, fillingCache: false) { key, value in
            size += key.count + value.count
            isWhole = keys.count < options.recordsPerStep && size <= options.garbageMin
            guard isWhole else { return .stop }
            keys.append(Key(key))
            return .next
        }
        return (keys, isWhole)
    }

    /// Deletes the last keys of a deleted namespace, and with them the memory that it had some.
    private func delete(_ keys: [Key], of id: NamespaceID) {
        writer.submit(
            Writer.Command(
                size: keys.reduce(0) { $0 + $1.bytes.count }, freesSpace: true,
                run: { [garbage] transaction in
                    transaction.clearGoneNamespace(id, keys)
                    transaction.keepChanges()
                    return { failure in if failure == nil { garbage.remove(id) } }
                },
                // The next pass finds it again.
                refuse: { _ in }
            ))
    }

    /// Looks at every record once.
    private func pass() async {
        for id in garbage.gone { reclaimSoon(id) }
        var deleted = deletedSpace.takeSamples()[...]
        var rest: KeyRange? = KeyLayout.records
        var stretch = Stretch(range: KeyLayout.records)
        var unused: [Key] = []
        defer { deletedSpace.putBack(unused + stretch.samples + deleted) }
        while let range = rest, !Task.isCancelled {
            do {
                (rest, stretch) = try await thread.runIfActive { [stretch] in try self.step(range, stretch) }
                while let key = deleted.first, stretch.range.contains(key) {
                    stretch.add(deletedSample: key)
                    deleted.removeFirst()
                }
                let isWorthRewriting = stretch.isWorthRewriting(options)
                if isWorthRewriting {
                    try await thread.runIfActive { [range = stretch.range] in try self.engine.reclaim(range) }
                    stretch.samples = []
                }
                // A stretch that is mostly alive is left behind; one that may yet gather enough garbage grows.
                if isWorthRewriting || stretch.garbage < stretch.size / 4 {
                    unused += stretch.samples
                    stretch = Stretch(
                        range: KeyRange(lowerBound: rest?.lowerBound ?? range.lowerBound, upperBound: nil))
                }
                try await Task.sleep(for: options.pause)
            } catch {
                if !Task.isCancelled { logger.warning("a sweep ended early", metadata: ["error": "\(error)"]) }
                return
            }
        }
    }

    /// Looks at the next records of `range`.
    ///
    /// - Returns: the range that is left, nil at the end, and what is known of the stretch before it.
    private func step(_ range: KeyRange, _ start: Stretch) throws(StorageError) -> (KeyRange?, Stretch) {
        let isGarbage = garbage.beginPass()
        var stretch = start
        var count = 0
        var last: Key?
        var stepSize = 0
        try engine.scan(range, reverse: false, fillingCache: false) { key, value in
            let size = key.count + value.count
            stepSize += size
            if isGarbage(key, value) {
                stretch.garbage += size
            } else if let expiry = RecordView(value)?.expiry, expiryQueue.isSoon(expiry),
                let id = KeyLayout.namespaceID(of: key)
            {
                expiryQueue.offer(id, key.suffix(fromOffset: KeyLayout.recordPrefixLength), expiry)
            }
            count += 1
            guard count >= options.recordsPerStep || stepSize >= options.bytesPerStep else { return .next }
            last = Key(key)
            return .stop
        }
        stretch.size += stepSize
        let rest = last.map { range.after($0) }
        stretch.range.upperBound = rest?.lowerBound ?? range.upperBound
        return (rest, stretch)
    }
}
