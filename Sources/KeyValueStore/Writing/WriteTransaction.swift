import Storage

/// What a command sees and changes on the writer's thread: the store with all earlier commands of its group applied.
///
/// A command's changes take effect together when it returns, and none of them when it throws. Valid only during the
/// command, on the writer's thread.
public final class WriteTransaction {
    /// What is to become of a key.
    enum Write {
        case put([UInt8])
        case delete
    }

    /// What a group writes.
    struct Batch {
        let changes: WriteBatch
        let revision: Revision
        let historyWritten: UInt64
    }

    let engine: any StorageEngine
    let services: WriterServices
    /// The time at which the group's commands apply.
    public let now: Timestamp
    private var lastRevision: Revision
    /// The namespace that the last command was for, as long as no command has changed any: most are for the same.
    var lastNamespace: Namespace?
    private(set) var changes: [Key: Write] = [:]
    /// Those of `changes` that are of records.
    private var changedRecords: [NamespaceID: ChangedRecords] = [:]
    /// What the command at hand replaced in `changes`, oldest first.
    private var undoLog: [(key: Key, previous: Write?)] = []
    var effects: [() -> Void] = []
    private var committedEffectCount = 0
    private var collector = ChangeCollector()
    private var deletions: [(key: Key, size: Int)] = []
    private var keptDeletionCount = 0
    /// How many keys were deleted at the end of their time.
    private(set) var expiredKeyCount: UInt64 = 0
    /// What the optimistic transactions of this group wrote with, by their numbers.
    private var pendingRevisions: [UInt64: Revision] = [:]

    /// - Parameter commandCount: how many commands are to come.
    init(
        engine: any StorageEngine, services: WriterServices, now: Timestamp, lastRevision: Revision, commandCount: Int
    ) {
        self.engine = engine
        self.services = services
        self.now = now
        self.lastRevision = lastRevision
        changes.reserveCapacity(commandCount)
    }

    /// The revision that this command's changes get.
    public var revision: Revision { lastRevision.next }

    /// Deletes the last records of a deleted namespace, by the engine's keys, and forgets that it had any.
    func clearGoneNamespace(_ id: NamespaceID, _ keys: [Key]) {
        for key in keys { change(key, .delete) }
        change(KeyLayout.goneNamespace(id), .delete)
    }

    /// Has the history begin at `start`.
    func setHistoryStart(_ start: ChangePosition) {
        put(KeyLayout.historyStart, start.encoded())
    }

    // MARK: Records

    /// The key's record; nil where there is none or it has expired.
    public func record<Result>(
        _ namespace: Namespace, _ key: [UInt8], _ body: (RecordView) -> Result
    ) throws(StoreError) -> Result? {
        let state = try withValue(KeyLayout.record(namespace.id, key)) { RecordView.read($0, at: now).map(body) }
        switch state {
        case .live(let result): return result
        case .expired, nil: return nil
        case .unreadable: throw .storage(.unreadableRecord)
        }
    }

    public func set(_ record: Record, _ namespace: Namespace, _ key: [UInt8]) {
        let bytes = record.encoded()
        put(KeyLayout.record(namespace.id, key), bytes)
        if namespace.isWatchable { collector.note(.set, namespace.id, key, record: bytes) }
        if let expiry = record.expiry { key.withUnsafeBytes { services.expiryQueue.offer(namespace.id, $0, expiry) } }
    }

    /// - Returns: whether there was a record that had not expired.
    public func delete(_ namespace: Namespace, _ key: [UInt8]) throws(StoreError) -> Bool {
        guard let size = try record(namespace, key, { $0.value.count }) else { return false }
        delete(KeyLayout.record(namespace.id, key), size: size)
        if namespace.isWatchable { collector.note(.delete, namespace.id, key) }
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
            expiredKeyCount &+= 1
            keepChanges()
            return nil
        case .unreadable:
            throw .storage(.unreadableRecord)
        }
    }

    // MARK: Optimistic transactions

    /// Notes that the command at hand, which succeeds, has written what `commit` promised.
    func keep(_ commit: PendingCommit) {
        pendingRevisions[commit.number] = revision
        effects.append { [revision] in commit.settle(revision) }
    }

    /// With which revision `commit` wrote; nil where it has not, or in a group that came to nothing.
    func revision(of commit: PendingCommit) -> Revision? {
        pendingRevisions[commit.number] ?? commit.settledRevision
    }

    /// Whether any record of the namespace may have changed since `revision`, in this group or in one before.
    func mayHaveChanged(_ namespace: Namespace, since revision: Revision) -> Bool {
        services.namespaceRevisions.revision(of: namespace.id) > revision
            || !(changedRecords[namespace.id]?.isEmpty ?? true)
    }

    /// The records of the namespace that this group changes, by the engine's keys.
    func changedRecords(_ namespace: Namespace, in range: KeyRange) -> [Key] {
        changedRecords[namespace.id]?.keys(in: range) ?? []
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
        for (key, previous) in undoLog.reversed() {
            changes[key] = previous
            guard previous == nil, let id = KeyLayout.namespaceID(ofRecord: key) else { continue }
            changedRecords[id]?.removeLast()
        }
        undoLog.removeAll(keepingCapacity: true)
        lastNamespace = nil
        effects.removeLast(effects.count - committedEffectCount)
        collector.discard()
        deletions.removeLast(deletions.count - keptDeletionCount)
    }

    var isEmpty: Bool { changes.isEmpty }

    /// The group's changes with the revision of the last, to be written at once; `didWrite` is to follow.
    func batch() -> Batch {
        var batch = WriteBatch()
        // The revision, a start of the history, and its pages.
        batch.reserveCapacity(changes.count + collector.pages.count + 2)
        for (key, write) in changes {
            switch write {
            case .put(let value): batch.put(key, value)
            case .delete: batch.delete(key)
            }
        }
        var revision: [UInt8] = []
        revision.appendBigEndian(lastRevision.rawValue)
        batch.put(KeyLayout.revision, revision)
        let written = services.history.add(&collector.pages, to: &batch)
        return Batch(changes: batch, revision: lastRevision, historyWritten: written)
    }

    /// Does what must follow the group's commit.
    func didWrite(_ batch: Batch) {
        services.history.didWrite(batch.historyWritten)
        services.deletedSpace.note(deletions)
        services.namespaceRevisions.note(changedRecords.lazy.filter { !$0.value.isEmpty }.map(\.key), batch.revision)
        for effect in effects { effect() }
        services.changeFeed.publish(collector.pages, through: batch.revision)
    }

    // MARK: Keys of the engine

    func get(_ key: Key) throws(StoreError) -> [UInt8]? {
        try withValue(key) { Array($0) }
    }

    private func withValue<Result>(
        _ key: Key, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(StoreError) -> Result? {
        switch changes[key] {
        case .put(let value): return value.withUnsafeBytes(body)
        case .delete: return nil
        case nil:
            return try StoreError.wrapping { () throws(StorageError) in
                try key.withUnsafeBytes { (key) throws(StorageError) in try engine.get(key, body) }
            }
        }
    }

    func delete(_ key: Key, size: Int = 0) {
        change(key, .delete)
        if size > 0 { deletions.append((key, size)) }
    }

    func put(_ key: Key, _ value: [UInt8]) {
        change(key, .put(value))
    }

    private func change(_ key: Key, _ write: Write) {
        let previous = changes.updateValue(write, forKey: key)
        undoLog.append((key, previous))
        guard previous == nil, let id = KeyLayout.namespaceID(ofRecord: key) else { return }
        changedRecords[id, default: ChangedRecords()].append(key)
    }
}
