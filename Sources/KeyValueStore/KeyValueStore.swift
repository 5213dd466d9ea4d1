import Logging
import NIOCore
import NIOPosix
import Storage

/// Namespaces of keys with expiry, counters and lists, over any engine. Safe to call from any thread.
///
/// Reads go to the engine directly; every change is a command to one writer (see `write`).
public final class KeyValueStore: Sendable {
    let engine: any StorageEngine
    let namespaces = NamespaceCache()
    let renames = NamespaceRenames()
    /// Tells the store's time, by which records expire.
    public let clock: @Sendable () -> Timestamp
    /// Tells those who watch what changed.
    public let changes: ChangeFeed
    let history: History
    private let garbage: Garbage
    let writer: Writer
    let pendingWrites = PendingWrites()
    private let sweeper: Sweeper
    // Apart from each other, for while a disk hangs those who wait for it must be told.
    private let patience: Housekeeping
    private let cleaning: Housekeeping
    private let marking: Housekeeping
    let directory: StoreDirectory?
    private let logger: Logger

    /// Takes an engine that was opened with `garbage`'s filter.
    ///
    /// - Parameter directory: where the newest acknowledged revision is written down; nil for a store in memory.
    /// - Throws: `damaged` and `failed`, where the engine can't be read.
    public init(
        engine: any StorageEngine, garbage: Garbage, options: StoreOptions = StoreOptions(),
        directory: StoreDirectory? = nil,
        logger: Logger
    ) throws(StorageError) {
        self.engine = engine
        self.garbage = garbage
        self.directory = directory
        self.logger = logger
        clock = options.clock
        let storedRevision = try StoredRevision.newest(in: engine)
        let lastRevision = directory?.revision(after: storedRevision) ?? storedRevision
        try garbage.loadGoneNamespaces(from: engine)
        changes = ChangeFeed(revision: lastRevision, sizeMax: options.recentChangesSize)
        history = try History(
            engine, sizeMax: options.historySize, stored: storedRevision, revision: lastRevision, garbage: garbage)
        let services = WriterServices(
            namespaces: namespaces, namespaceRevisions: NamespaceRevisions(lastRevision: lastRevision),
            changeFeed: changes, history: history, expiryQueue: ExpiryQueue(), deletedSpace: DeletedSpace())
        let writer = Writer(
            engine: engine, services: services, lastRevision: lastRevision, durableRevision: storedRevision,
            options: options, logger: logger)
        let expirer = Expirer(
            engine: engine, queue: services.expiryQueue, garbage: garbage, writer: writer, clock: clock)
        let sweeper = Sweeper(
            engine: engine, garbage: garbage, writer: writer, services: services, options: options, logger: logger)
        let trimmer = HistoryTrimmer(
            engine: engine, history: history, writer: writer, sweeper: sweeper, logger: logger)
        self.writer = writer
        self.sweeper = sweeper
        patience = Housekeeping(every: .milliseconds(250)) { writer.refuseOverdue() }
        cleaning = Housekeeping([
            Housekeeping.Chore(interval: .milliseconds(50)) { expirer.expireDue() },
            Housekeeping.Chore(interval: .milliseconds(50)) { [pendingWrites] in pendingWrites.removeEnded() },
            Housekeeping.Chore(interval: .seconds(1)) { trimmer.trim() },
        ])
        marking = Housekeeping(every: .seconds(1)) {
            if let directory, !directory.isInPlace {
                if writer.stopTaking(for: .readOnly) {
                    logger.critical("the store's folder is gone; the store is read-only until it is opened anew")
                }
                return
            }
            if options.durability == .relaxed { writer.syncSoon() }
            directory?.mark.raise(to: writer.newestDurableRevision, logger: logger)
        }
        sweeper.start()
        // What was trimmed before a crash.
        sweeper.reclaimHistorySoon()
    }

    /// Commits what waits, writes down how far it came and closes the engine.
    public func close() async {
        await patience.stop()
        await cleaning.stop()
        await marking.stop()
        await sweeper.stop()
        await writer.close()
        if let directory, directory.isInPlace {
            directory.mark.raise(to: writer.newestDurableRevision, logger: logger)
        }
        engine.close()
    }

    /// The newest revision that is on disk for certain.
    public var newestDurableRevision: Revision { writer.newestDurableRevision }
    /// How many changes wait for the writer.
    public var queuedCommandCount: Int { writer.queuedCommandCount }

    // MARK: Changes

    /// Runs `command` on the writer's thread, and calls `completion` once its changes are durable.
    ///
    /// - Parameters:
    ///   - size: about how much memory the command holds, in bytes.
    ///   - freesSpace: whether it gives back more room on the disk than it takes.
    ///   - completion: called exactly once, on any thread, also before this call returns: with the command's own error, or `busy`, `diskFull`, `readOnly` or `closed`, all
    ///     of which leave the store as it was; or `outcomeUnknown`.
    public func write<Result: Sendable>(
        size: Int, freesSpace: Bool = false,
        _ command: @escaping @Sendable (WriteTransaction) throws(StoreError) -> Result,
        completion: @escaping @Sendable (Swift.Result<Result, StoreError>) -> Void
    ) {
        writer.submit(Writer.Command(size: size, freesSpace: freesSpace, command, completion: completion))
    }

    /// Has the space of a deleted namespace come back in the background.
    func reclaim(_ id: NamespaceID) {
        garbage.insert(id)
        sweeper.reclaimSoon(id)
    }

    // MARK: Reads

    /// The namespace of that name, also a deleted one that is still remembered, if memory can tell.
    public func cachedNamespace(_ kind: Namespace.Kind, _ name: UnsafeRawBufferPointer) -> CachedRead<Namespace> {
        if let namespace = namespaces.lookup(kind, name) {
            return namespace.isForgotten(at: clock()) ? .absent : .found(namespace)
        }
        let generation = namespaces.generation
        let key = KeyLayout.namespace(kind, name)
        let read = key.withUnsafeBytes { engine.getCached($0) { Array($0) } }
        switch read {
        case .wouldBlock: return .wouldBlock
        case .absent: return .absent
        case .found(let bytes):
            // What can't be decoded here is reported by the read that may throw.
            guard let namespace = try? keep(kind, Array(name), bytes, generation) else { return .wouldBlock }
            return namespace.isForgotten(at: clock()) ? .absent : .found(namespace)
        }
    }

    /// As `cachedNamespace`, but may block on the disk.
    public func namespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StorageError) -> Namespace? {
        if let namespace = name.withUnsafeBytes({ namespaces.lookup(kind, $0) }) {
            return namespace.isForgotten(at: clock()) ? nil : namespace
        }
        let generation = namespaces.generation
        let key = KeyLayout.namespace(kind, name)
        let bytes = try key.withUnsafeBytes { (key) throws(StorageError) in try engine.get(key) { Array($0) } }
        guard let bytes else { return nil }
        let namespace = try keep(kind, name, bytes, generation)
        return namespace.isForgotten(at: clock()) ? nil : namespace
    }

    /// Calls `body` with the key's record, if memory holds it and it has not expired. Never blocks.
    @usableFromInline
    func readCachedRecord(
        _ namespace: Namespace, _ key: UnsafeRawBufferPointer, _ body: (RecordView) -> Void
    ) -> CachedRead<Void> {
        let now = clock()
        var outcome = CachedRead<Void>.absent
        let read = KeyLayout.withRecord(namespace.id, key) { key in
            engine.readCached(key) { bytes in
                switch RecordView.read(bytes, at: now) {
                case .live(let record):
                    body(record)
                    outcome = .found(())
                case .expired:
                    outcome = .absent
                case .unreadable:
                    // Reported by the read that may throw.
                    outcome = .wouldBlock
                }
            }
        }
        guard case .found = read else { return read }
        return outcome
    }

    /// What `body` makes of the key's record, if memory holds it and it has not expired. Never blocks.
    @inlinable
    public func cachedRecord<Result>(
        _ namespace: Namespace, _ key: UnsafeRawBufferPointer, _ body: (RecordView) -> Result
    ) -> CachedRead<Result> {
        var result: Result?
        switch readCachedRecord(namespace, key, { result = body($0) }) {
        case .found: return result.map { .found($0) } ?? .wouldBlock
        case .absent: return .absent
        case .wouldBlock: return .wouldBlock
        }
    }

    /// Calls `body` with the key's record; nil where there is none or it has expired. May block on the disk.
    public func record<Result>(
        _ namespace: Namespace, _ key: [UInt8], _ body: (RecordView) -> Result
    ) throws(StorageError) -> Result? {
        let now = clock()
        let key = KeyLayout.record(namespace.id, key)
        let read = try key.withUnsafeBytes { (key) throws(StorageError) in
            try engine.get(key) { bytes in RecordView.read(bytes, at: now).map(body) }
        }
        switch read {
        case .live(let result): return result
        case .expired, nil: return nil
        case .unreadable: throw .unreadableRecord
        }
    }

    /// Whether `namespace` has not been deleted since it was looked up; it may have another name now.
    func isLive(_ namespace: Namespace) throws(StorageError) -> Bool {
        if let current = try self.namespace(namespace.kind, namespace.name), current.id == namespace.id {
            return current.deletion == nil
        }
        guard let newName = renames.name(of: namespace.id) else { return false }
        return try self.namespace(namespace.kind, newName)?.id == namespace.id
    }

    /// The namespace as it is now, for lists that take more than one call.
    public func snapshot(of namespace: Namespace) throws(StorageError) -> NamespaceSnapshot {
        NamespaceSnapshot(snapshot: try engine.snapshot(), store: self, namespace: namespace, time: clock())
    }

    /// As the other, with the namespace itself as it is at that moment; nil where none of that name lives.
    public func snapshot(
        _ kind: Namespace.Kind, _ name: [UInt8]
    ) throws(StorageError) -> NamespaceSnapshot? {
        let snapshot = try engine.snapshot()
        let bytes = try KeyLayout.namespace(kind, name).withUnsafeBytes { (key) throws(StorageError) in
            try snapshot.get(key) { Array($0) }
        }
        guard let bytes else { return nil }
        let namespace = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(StorageError) in
            try Namespace.decode(kind: kind, name: name, bytes)
        }
        guard namespace.deletion == nil else { return nil }
        return NamespaceSnapshot(snapshot: snapshot, store: self, namespace: namespace, time: clock())
    }

    private func keep(
        _ kind: Namespace.Kind, _ name: [UInt8], _ bytes: [UInt8], _ generation: UInt64
    ) throws(StorageError) -> Namespace {
        let namespace = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(StorageError) in
            try Namespace.decode(kind: kind, name: name, bytes)
        }
        namespaces.insert(namespace, generation: generation)
        return namespace
    }
}
