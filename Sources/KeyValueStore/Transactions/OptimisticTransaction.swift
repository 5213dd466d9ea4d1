import Storage

/// How much one optimistic transaction may do.
public struct OptimisticLimits: Sendable {
    /// How many keys may be read. Each that a list walks over counts, those that it skips, too; a list that finds none is one.
    public var reads: Int
    /// How many keys may be set, incremented or deleted; an increment or a delete is a read, too.
    public var writes: Int
    /// How much all that is to be written may hold, and how much one list may give, each in bytes of keys and values.
    public var size: Int

    public init(reads: Int, writes: Int, size: Int) {
        self.reads = reads
        self.writes = writes
        self.size = size
    }
}

/// Why an optimistic transaction did not do what it was asked for.
public enum OptimisticError: Error, Hashable, Sendable {
    case tooManyReads
    case tooManyWrites
    /// More is to be written, or a list gives more, than `OptimisticLimits.size`.
    case tooLarge
    /// `invalid`, after which the transaction may go on; `namespaceDeleted`, `storage`.
    case store(StoreError)
}

/// Reads and writes of one namespace that take effect together or not at all, decided while they are made.
///
/// It reads the store as it was when it began, with what others before it have handed to the writer and what it has
/// written itself. What it writes is kept until `commit`, where the writer looks again at all that was read, unless nothing has changed there since: if anything
/// is otherwise by then, nothing is written. Used by one thread at a time; its calls may block on the disk.
public final class OptimisticTransaction {
    struct Write: Sendable {
        /// Nil to delete the key.
        let value: NewValue?
        /// By which the writes are put in their order.
        let number: Int
    }

    let store: KeyValueStore
    let snapshot: NamespaceSnapshot
    let pending: PendingWrites.View
    let limits: OptimisticLimits
    /// The pending keys in their order, for lists.
    lazy var sortedPending = SortedKeys(pending.entries.lazy.map { (key: $0.key, value: $0.value) })
    var reads: ReadSet
    private(set) var writes: [[UInt8]: Write] = [:] {
        didSet { keptSortedWrites = nil }
    }
    /// `sortedWrites`, until the next write.
    private var keptSortedWrites: SortedKeys<Write>?
    private(set) var readCount = 0
    private var expiredCount = 0
    private var writeCount = 0
    /// Of `writes`, in bytes of keys and values.
    public private(set) var writtenSize = 0

    /// - Parameter revision: all changes up to which are in `snapshot`.
    init(
        store: KeyValueStore, snapshot: NamespaceSnapshot, revision: Revision,
        pending: PendingWrites.View, limits: OptimisticLimits
    ) {
        self.store = store
        self.snapshot = snapshot
        self.pending = pending
        self.limits = limits
        reads = ReadSet(revision: revision, time: snapshot.time)
    }

    var hasWrites: Bool { !writes.isEmpty }
    /// Whether a commit has anything to do: to write, or to make sure of what was read and is not yet on disk.
    public var needsCommit: Bool { hasWrites || !reads.commits.isEmpty }

    /// How many keys may still be read.
    public var remainingReads: Int { limits.reads - readCount }

    /// The own writes in the order of their keys, for lists.
    var sortedWrites: SortedKeys<Write> {
        if let keptSortedWrites { return keptSortedWrites }
        let sorted = SortedKeys(writes.lazy.map { (key: $0.key, value: $0.value) })
        keptSortedWrites = sorted
        return sorted
    }

    /// The key's value; nil where there is none or it has expired.
    public func get(_ key: [UInt8]) throws(OptimisticError) -> SeenValue? {
        try countRead()
        return try value(key)
    }

    /// Sets a key and starts its time to live anew.
    public func set(_ key: [UInt8], to value: NewValue) throws(OptimisticError) {
        try countWrite()
        try write(value, to: key)
    }

    /// Adds to a key's number, 0 where there is none, and starts its time to live anew.
    ///
    /// - Returns: the new number.
    /// - Throws: `invalid` where the value is no number, or the sum is out of range.
    public func increment(
        _ key: [UInt8], by difference: Number, timeToLive: TimeToLive? = nil
    ) throws(OptimisticError) -> Number {
        try countRead()
        try countWrite()
        let stored = try value(key)
        let (sum, value) = try OptimisticError.wrapping { () throws(StoreError) in
            try NewValue.adding(difference, to: stored, timeToLive: timeToLive)
        }
        try write(value, to: key)
        return sum
    }

    /// - Returns: whether there was such a key.
    public func delete(_ key: [UInt8]) throws(OptimisticError) -> Bool {
        try countRead()
        try countWrite()
        guard try value(key) != nil else { return false }
        try write(nil, to: key)
        return true
    }

    /// Forgets all that was written, so that a commit makes sure of what was read and nothing else: for one that ends with
    /// an answer, but is not to change anything.
    public func discardWrites() {
        writes = [:]
        writtenSize = 0
    }

    func countRead() throws(OptimisticError) {
        guard readCount < limits.reads else { throw .tooManyReads }
        readCount += 1
    }

    /// Expired records are no keys, but a walk over very many of them would keep the writer waiting, too.
    func countExpired() throws(OptimisticError) {
        expiredCount += 1
        guard expiredCount / ReadSet.expiredPerRead <= limits.reads else { throw .tooManyReads }
    }

    private func countWrite() throws(OptimisticError) {
        guard writeCount < limits.writes else { throw .tooManyWrites }
        writeCount += 1
    }

    private func value(_ key: [UInt8]) throws(OptimisticError) -> SeenValue? {
        if let own = writes[key] { return own.value.map(SeenValue.init) }
        if let entry = pending.entries[key] {
            reads.note(entry.commit)
            reads.note(key, entry.value == nil ? .absent : .pending(entry.commit))
            return entry.value
        }
        let stored = try OptimisticError.wrapping { () throws(StoreError) in
            try snapshot.record(key) { (value: SeenValue($0), revision: $0.revision, expiry: $0.expiry) }
        }
        reads.note(stored?.expiry)
        reads.note(key, stored.map { .revision($0.revision) } ?? .absent)
        return stored?.value
    }

    private func write(_ value: NewValue?, to key: [UInt8]) throws(OptimisticError) {
        let replaced = writes[key].map { key.count + ($0.value?.bytes.count ?? 0) } ?? 0
        let size = writtenSize - replaced + key.count + (value?.bytes.count ?? 0)
        guard size <= limits.size else { throw .tooLarge }
        writtenSize = size
        writes[key] = Write(value: value, number: writeCount)
    }
}

extension OptimisticError {
    /// What `body` gives; its failure becomes one of the transaction.
    static func wrapping<Result>(_ body: () throws(StoreError) -> Result) throws(OptimisticError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw .store(error)
        }
    }
}
