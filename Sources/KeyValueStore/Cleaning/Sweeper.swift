import Logging
import NIOPosix
import Storage
import Synchronization

/// Gives back the space of what nobody can read any more, on a thread of its own.
///
/// A deleted namespace's keys go at once. For expired keys it walks over the store in small steps with pauses between them,
/// and has the engine rewrite the stretches of which a quarter or more is garbage; the rest waits for the engine's own
/// compactions.
final class Sweeper<Engine: StorageEngine>: Sendable {
    /// A stretch of the store that a pass has looked at.
    private struct Stretch {
        var range: KeyRange
        var size = 0
        var garbage = 0
    }

    private let engine: Engine
    private let garbage: Garbage
    private let writer: Writer<Engine>
    private let options: SweepOptions
    private let logger: Logger
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let loop = Mutex<Task<Void, Never>?>(nil)

    init(engine: Engine, garbage: Garbage, writer: Writer<Engine>, options: SweepOptions, logger: Logger) {
        self.engine = engine
        self.garbage = garbage
        self.writer = writer
        self.options = options
        self.logger = logger
        thread.start()
    }

    func start() {
        for id in garbage.gone { reclaimSoon(id) }
        let task = Task { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: options.interval)
                await pass()
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
                let range = KeyLayout.records(of: id)
                try engine.reclaim(range)
                var isEmpty = true
                try engine.scan(range, reverse: false, fillingCache: false) { _, _ in
                    isEmpty = false
                    return .stop
                }
                if isEmpty { forget(id) }
            } catch {
                logger.warning("a deleted bucket's space could not be given back", metadata: ["error": "\(error)"])
            }
        }
    }

    private func forget(_ id: NamespaceID) {
        writer.submit(
            Writer.Command(
                size: 0, freesSpace: true,
                run: { [garbage] transaction in
                    transaction.forgetGoneNamespace(id)
                    transaction.keepChanges()
                    return { failure in if failure == nil { garbage.remove(id) } }
                },
                // It is found again when the store is next opened.
                refuse: { _ in }
            ))
    }

    /// Looks at every record once.
    private func pass() async {
        for id in garbage.gone { reclaimSoon(id) }
        var rest: KeyRange? = KeyLayout.records
        var stretch = Stretch(range: KeyLayout.records)
        while let range = rest, !Task.isCancelled {
            do {
                (rest, stretch) = try await thread.runIfActive { [stretch] in try self.step(range, stretch) }
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
        try engine.scan(range, reverse: false, fillingCache: false) { key, value in
            let size = key.count + value.count
            stretch.size += size
            if isGarbage(key, value) { stretch.garbage += size }
            count += 1
            guard count >= options.recordsPerStep else { return .next }
            last = Key(key)
            return .stop
        }
        let rest = last.map { range.after($0) }
        stretch.range.upperBound = rest?.lowerBound ?? range.upperBound
        let isWorthwhile = stretch.garbage >= options.garbageMin && stretch.garbage >= stretch.size / 4
        if isWorthwhile { try engine.reclaim(stretch.range) }
        // A stretch that is mostly alive is left behind; one that may yet gather enough garbage grows.
        if isWorthwhile || stretch.garbage < stretch.size / 4 {
            stretch = Stretch(range: KeyRange(lowerBound: rest?.lowerBound ?? range.lowerBound, upperBound: nil))
        }
        return (rest, stretch)
    }
}
