import Storage

/// What a command sees and changes on the writer's thread: the store with all earlier commands of its group applied.
///
/// A command's changes take effect together when it returns, and none of them when it throws. Valid only during the
/// command, on the writer's thread.
public final class WriteTransaction<Engine: StorageEngine> {
    private enum Change {
        case put([UInt8])
        case delete
    }

    /// What a group writes.
    struct Batch {
        let changes: WriteBatch
        let revision: Revision
        let historyWritten: UInt64
    }

    private let engine: Engine
    private let services: WriterServices
    /// The time at which the group's commands apply.
    public let now: Timestamp
    private var lastRevision: Revision
    private var changes: [Key: Change] = [:]
    /// What the command at hand replaced in `changes`, oldest first.
    private var undoLog: [(key: Key, previous: Change?)] = []
    private var effects: [() -> Void] = []
    private var committedEffectCount = 0
    private var collector = ChangeCollector()
    private var deletions: [(key: Key, size: Int)] = []
    private var keptDeletionCount = 0

    init(engine: Engine, services: WriterServices, now: Timestamp, lastRevision: Revision) {
        self.engine = engine
        self.services = services
        self.now = now
        self.lastRevision = lastRevision
    }

    /// The revision that this command's changes get.
    public var revision: Revision { lastRevision.next }

    // MARK: Namespaces

    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `storage`.
    public func namespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StoreError) -> Namespace {
        guard let namespace = try storedNamespace(kind, name), !namespace.isForgotten(at: now) else {
            throw .namespaceNotFound
        }
        guard namespace.deletion == nil else { throw .namespaceDeleted }
        return namespace
    }

    /// - Throws: `namespaceExists` and `namespaceDeleted` where the name is taken, `storage`.
    public func createNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], settings: NamespaceSettings
    ) throws(StoreError) -> Namespace {
        if let existing = try storedNamespace(kind, name), !existing.isForgotten(at: now) {
            throw existing.deletion == nil ? .namespaceExists : .namespaceDeleted
        }
        let id = try nextNamespaceID()
        var next: [UInt8] = []
        next.appendBigEndian(id &+ 1)
        put(KeyLayout.nextNamespaceID, next)
        let namespace = Namespace(kind: kind, name: name, id: NamespaceID(rawValue: id), settings: settings)
        putNamespace(namespace)
        return namespace
    }

    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `storage`.
    public func updateNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], _ update: (inout NamespaceSettings) throws(StoreError) -> Void
    ) throws(StoreError) {
        let namespace = try namespace(kind, name)
        var settings = namespace.settings
        try update(&settings)
        putNamespace(namespace.replacing(settings: settings))
    }

    /// Deletes a namespace with all its keys, in a time that does not depend on their number; calls `onCommit` with its id
    /// once that is done.
    ///
    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `storage`.
    func deleteNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], onCommit: @escaping (NamespaceID) -> Void
    ) throws(StoreError) {
        let namespace = try namespace(kind, name)
        putNamespace(namespace.deleted(at: now))
        put(KeyLayout.goneNamespace(namespace.id), [])
        effects.append { onCommit(namespace.id) }
    }

    /// Deletes the last records of a deleted namespace, by the engine's keys, and forgets that it had any.
    func clearGoneNamespace(_ id: NamespaceID, _ keys: [Key]) {
        for key in keys { change(key, .delete) }
        change(KeyLayout.goneNamespace(id), .delete)
    }

    /// Has the history begin at `start`.
    func setHistoryStart(_ start: ChangePosition) {
        put(KeyLayout.historyStart, start.encoded())
    }

    private func nextNamespaceID() throws(StoreError) -> UInt64 {
        guard let bytes = try get(KeyLayout.nextNamespaceID) else { return 1 }
        guard let id = bytes.withUnsafeBytes({ $0.bigEndian(UInt64.self, at: 0) }) else {
            throw .storage(StorageError(.damaged, "the next bucket's number can't be read; restore a backup"))
        }
        return id
    }

    // MARK: Records

    /// The key's record; nil where there is none or it has expired.
    public func record<Result>(
        _ namespace: Namespace, _ key: [UInt8], _ body: (RecordView) -> Result
    ) throws(StoreError) -> Result? {
        guard let bytes = try get(KeyLayout.record(namespace.id, key)) else { return nil }
        switch bytes.withUnsafeBytes({ RecordView.read($0, at: now).map(body) }) {
        case .live(let result): return result
        case .expired: return nil
        case .unreadable: throw .storage(.unreadableRecord)
        }
    }

    public func set(_ record: Record, _ namespace: Namespace, _ key: [UInt8]) {
        let bytes = record.encoded()
        put(KeyLayout.record(namespace.id, key), bytes)
        collector.note(.set, namespace.id, key, record: bytes)
        if let expiry = record.expiry { services.expiryQueue.offer(namespace.id, key, expiry) }
    }

    /// - Returns: whether there was a record that had not expired.
    public func delete(_ namespace: Namespace, _ key: [UInt8]) throws(StoreError) -> Bool {
        guard let size = try record(namespace, key, { $0.value.count }) else { return false }
        delete(KeyLayout.record(namespace.id, key), size: size)
        collector.note(.delete, namespace.id, key)
        return true
    }

    /// Deletes a record whose time to live is over, as a commit of its own.
    ///
    /// - Returns: when the record expires that is there; nil where there is none any more, or it stays.
    func expire(_ namespace: NamespaceID, _ key: [UInt8]) throws(StoreError) -> Timestamp? {
        let engineKey = KeyLayout.record(namespace, key)
        guard let bytes = try get(engineKey) else { return nil }
        switch bytes.withUnsafeBytes({ RecordView.read($0, at: now).map(\.expiry) }) {
        case .live(let expiry):
            return expiry
        case .expired:
            delete(engineKey, size: bytes.count)
            collector.note(.expire, namespace, key)
            keepChanges()
            return nil
        case .unreadable:
            throw .storage(.unreadableRecord)
        }
    }

    // MARK: The writer's side

    /// Ends a command that succeeded.
    func keepChanges() {
        if !undoLog.isEmpty {
            collector.keep(revision)
            lastRevision = revision
        }
        undoLog.removeAll(keepingCapacity: true)
        committedEffectCount = effects.count
        keptDeletionCount = deletions.count
    }

    /// Ends a command that failed, as if it had never been.
    func discardChanges() {
        for (key, previous) in undoLog.reversed() { changes[key] = previous }
        undoLog.removeAll(keepingCapacity: true)
        effects.removeLast(effects.count - committedEffectCount)
        collector.discard()
        deletions.removeLast(deletions.count - keptDeletionCount)
    }

    var isEmpty: Bool { changes.isEmpty }

    /// The group's changes with the revision of the last, to be written at once; `didWrite` is to follow.
    func batch() -> Batch {
        var batch = WriteBatch()
        for (key, change) in changes {
            switch change {
            case .put(let value): batch.put(key, value)
            case .delete: batch.delete(key)
            }
        }
        var revision: [UInt8] = []
        revision.appendBigEndian(lastRevision.rawValue)
        batch.put(KeyLayout.revision, revision)
        let written = services.history.add(collector.pages, to: &batch)
        return Batch(changes: batch, revision: lastRevision, historyWritten: written)
    }

    /// Does what must follow the group's commit.
    func didWrite(_ batch: Batch) {
        services.history.didWrite(batch.historyWritten)
        services.deletedSpace.note(deletions)
        for effect in effects { effect() }
        services.changeFeed.publish(collector.pages, through: batch.revision)
    }

    // MARK: Keys of the engine

    private func storedNamespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StoreError) -> Namespace? {
        let key = KeyLayout.namespace(kind, name)
        do throws(StorageError) {
            switch changes[key] {
            case .put(let value):
                return try decodeNamespace(kind, name, value)
            case .delete:
                return nil
            case nil:
                if let cached = name.withUnsafeBytes({ services.namespaces.lookup(kind, $0) }) { return cached }
                let generation = services.namespaces.generation
                guard
                    let value = try key.withUnsafeBytes({ (key) throws(StorageError) in
                        try engine.get(key) { Array($0) }
                    })
                else { return nil }
                let namespace = try decodeNamespace(kind, name, value)
                services.namespaces.insert(namespace, generation: generation)
                return namespace
            }
        } catch {
            throw .storage(error)
        }
    }

    private func decodeNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], _ value: [UInt8]
    ) throws(StorageError) -> Namespace {
        try value.span.bytes.withUnsafeBytes { (bytes) throws(StorageError) in
            try Namespace.decode(kind: kind, name: name, bytes)
        }
    }

    private func putNamespace(_ namespace: Namespace) {
        put(KeyLayout.namespace(namespace.kind, namespace.name), namespace.encoded())
        effects.append { [services] in
            services.namespaces.remove(namespace.kind, namespace.name)
            services.changeFeed.publish(namespace)
        }
    }

    private func get(_ key: Key) throws(StoreError) -> [UInt8]? {
        switch changes[key] {
        case .put(let value): return value
        case .delete: return nil
        case nil:
            do throws(StorageError) {
                return try key.withUnsafeBytes { (key) throws(StorageError) in try engine.get(key) { Array($0) } }
            } catch {
                throw .storage(error)
            }
        }
    }

    private func delete(_ key: Key, size: Int) {
        change(key, .delete)
        deletions.append((key, size))
    }

    private func put(_ key: Key, _ value: [UInt8]) {
        change(key, .put(value))
    }

    private func change(_ key: Key, _ change: Change) {
        undoLog.append((key, changes.updateValue(change, forKey: key)))
    }
}
