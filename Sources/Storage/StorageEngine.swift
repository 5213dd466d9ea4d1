/// What a visitor of records wants next.
public enum ScanStep: Sendable {
    case next
    case stop
}

/// What can be said of a key without waiting for a disk.
public enum CachedRead<Result> {
    case found(Result)
    case absent
    /// The answer is not in memory: ask again with `read` where blocking is allowed.
    case wouldBlock
}

extension CachedRead: Sendable where Result: Sendable {}

/// Reads of ordered records.
///
/// Every call may block on a disk, so none belongs on an event loop. The bytes that a closure is given are valid only
/// during its call.
public protocol StorageReader {
    /// Calls `body` with the value of `key`; false, without a call, where there is none.
    ///
    /// - Throws: `damaged` where the stored bytes fail their checksum, `failed` where they can't be read.
    func read(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool

    /// Calls `visit` with key and value of each record of `range`, in the order of the keys or against it, until it says stop.
    ///
    /// One call sees one moment of the store. `fillingCache` false spares the cache for a pass over much data.
    ///
    /// - Throws: `damaged` and `failed`, as `read`.
    func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError)
}

extension StorageReader {
    /// What `body` makes of the value of `key`; nil where there is none.
    ///
    /// - Throws: as `read`.
    @inlinable
    public func get<Result>(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(StorageError) -> Result? {
        var result: Result?
        _ = try read(key) { result = body($0) }
        return result
    }
}

/// The store as it was at one moment. Released with its last reference; keeping it is cheap, but the space of what was
/// overwritten since comes back only then.
public protocol StorageSnapshot: StorageReader, Sendable {}

/// An ordered map of bytes to bytes, with atomic batches, snapshots and durable writes. Safe to call from any thread.
public protocol StorageEngine: StorageReader, Sendable {
    /// As `read`, but never waits for a disk: the only read that an event loop may make.
    func readCached(_ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) -> CachedRead<Void>

    /// The store as it is now.
    ///
    /// - Throws: `closed`.
    func snapshot() throws(StorageError) -> any StorageSnapshot

    /// Applies `batch` atomically; all readers see it after the call, and none before all of it is applied.
    ///
    /// With `durably`, it is on disk when the call returns, and with it all that was written before. With
    /// `usingReserve`, it may use some of the disk space that other writes must leave: for what frees more than it takes.
    ///
    /// - Throws: `outOfSpace`, after which the batch is not visible and may be tried again when there is room; `failed`,
    ///   after which its outcome is unknown and no further write may be tried.
    func write(_ batch: WriteBatch, durably: Bool, usingReserve: Bool) throws(StorageError)

    /// Makes sure that there is room for a small write that may not use the reserve. May block.
    ///
    /// - Throws: `outOfSpace`.
    func checkSpace() throws(StorageError)

    /// What the engine tells of itself. May block.
    ///
    /// - Throws: `closed`.
    func statistics() throws(StorageError) -> EngineStatistics

    /// Gives back the space of the records in `range` that are garbage by the engine's `RecordFilter`. May take long.
    func reclaim(_ range: KeyRange) throws(StorageError)

    /// Ends a `reclaim` under way soon, and makes all later ones do nothing: called before the engine is closed.
    func cancelReclaim()

    /// Ends the engine: waits for calls under way, then all further ones fail with `closed`. A second call does nothing.
    func close()
}

extension StorageEngine {
    /// What `body` makes of the value of `key`, where memory holds it.
    @inlinable
    public func getCached<Result>(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> CachedRead<Result> {
        var result: Result?
        switch readCached(key, { result = body($0) }) {
        case .found: return result.map { .found($0) } ?? .wouldBlock
        case .absent: return .absent
        case .wouldBlock: return .wouldBlock
        }
    }

    /// Has memory hold a record that only the disk knows, for a reader who should not wait for that. May block.
    public func readAhead(_ key: UnsafeRawBufferPointer) {
        guard case .wouldBlock = readCached(key, { _ in }) else { return }
        // What can't be read is reported by the reader itself.
        _ = try? read(key) { _ in }
    }

    /// As `write(_:durably:usingReserve:)`, with the reserve left alone.
    public func write(_ batch: WriteBatch, durably: Bool) throws(StorageError) {
        try write(batch, durably: durably, usingReserve: false)
    }
}

/// Tells an engine which records nobody can read any more, so that it may drop them whenever it rewrites its files.
///
/// What a filter calls garbage must stay garbage: the engine drops it at any later time, without a trace.
public struct RecordFilter: Sendable {
    /// Whether a record may be dropped. Called on any thread, also on several at once.
    public typealias IsGarbage = @Sendable (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool

    /// Called when a pass over records begins, for what one pass need look up only once.
    public let beginPass: @Sendable () -> IsGarbage

    public init(beginPass: @escaping @Sendable () -> IsGarbage) {
        self.beginPass = beginPass
    }

    /// Keeps every record.
    public static var keepingAll: RecordFilter { RecordFilter { { _, _ in false } } }
}
