import CRocksDB
import Storage
import Synchronization

/// A storage engine that keeps its records in a folder, by RocksDB.
public final class RocksDBEngine: StorageEngine {
    let database: Database
    let recordCache: RecordCache
    /// How many reads memory could not answer.
    let blockedReads = Atomic<UInt64>(0)
    private let snapshots = LiveSnapshots()
    let reservedSpace: Int
    private let readOptions = ReadOptions()
    private let cachedReadOptions = ReadOptions(tier: .memoryOnly)
    private let durableWriteOptions = WriteOptions(sync: true)
    private let writeOptions = WriteOptions(sync: false)

    init(_ database: Database, options: RocksDBOptions) throws(StorageError) {
        self.database = database
        recordCache = try RecordCache(size: options.recordCacheSize)
        reservedSpace = options.reservedSpace
    }

    deinit {
        close()
    }

    /// The library that does the work and its version.
    public static var version: String { libraryVersion }

    public func read(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool {
        guard !database.isClosed else { throw .closed(database.folder.path) }
        switch recordCache.read(key, body) {
        case .found:
            return true
        case .missing(let miss):
            return try database.read(key, readOptions) { value in
                recordCache.insert(key, value, after: miss)
                body(value)
            }
        }
    }

    public func readCached(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) -> CachedRead<Void> {
        guard !database.isClosed else { return .wouldBlock }
        switch recordCache.read(key, body) {
        case .found:
            return .found(())
        case .missing(let miss):
            let read = database.readCached(key, cachedReadOptions) { value in
                recordCache.insert(key, value, after: miss)
                body(value)
            }
            if case .wouldBlock = read { blockedReads.wrappingAdd(1, ordering: .relaxed) }
            return read
        }
    }

    public func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        try database.scan(range, reverse: reverse, fillingCache: fillingCache, snapshot: nil, visit)
    }

    public func snapshot() throws(StorageError) -> any StorageSnapshot {
        try RocksDBSnapshot(database, snapshots)
    }

    public func write(_ batch: WriteBatch, durably: Bool, usingReserve: Bool) throws(StorageError) {
        try database.withPointer { pointer throws(StorageError) in
            let contents = BatchContents(batch)
            try checkSpace(for: contents.size, reserve: usingReserve ? reservedSpace / 2 : reservedSpace)
            var status: UnsafeMutablePointer<CChar>?
            let options = durably ? durableWriteOptions.pointer : writeOptions.pointer
            let write = recordCache.begin(batch)
            rocksdb_write(pointer, options, contents.pointer, &status)
            let failure = statusText(taking: status)
            recordCache.end(write, of: batch, succeeded: failure == nil)
            if let failure { throw .writing(failure, in: database.folder.path) }
        }
    }

    public func checkSpace() throws(StorageError) {
        try checkSpace(for: 0, reserve: reservedSpace)
    }

    /// Refuses a write of `size` bytes where it would use of the reserve: see `RocksDBOptions.reservedSpace`.
    func checkSpace(for size: Int, reserve: Int) throws(StorageError) {
        guard let free = database.folder.freeSpace else { return }
        // A batch is written twice: to the log, and then to a table.
        let (needed, overflow) = reserve.addingReportingOverflow(2 * size)
        guard free < needed || overflow else { return }
        throw .outOfSpace(
            database.folder.path, "\(free >> 20) MiB are free, \(needed >> 20) MiB are kept in reserve")
    }

    /// Rewrites the tables of `range` without what the `RecordFilter` calls garbage.
    ///
    /// Snapshots do not keep such a record: it vanishes from those that saw it, too. Scans under way end unhurt.
    ///
    /// - Throws: `closed`, also where the engine is closed meanwhile; `outOfSpace`; `failed`.
    public func reclaim(_ range: KeyRange) throws(StorageError) {
        guard !range.isEmpty else { return }
        try database.withPointer { pointer throws(StorageError) in
            let failuresBefore = backgroundFailures(pointer)
            compact(range, pointer)
            if database.isClosed {
                throw .closed(database.folder.path)
            }
            if backgroundFailures(pointer) > failuresBefore {
                try checkSpace(for: 0, reserve: reservedSpace)
                throw StorageError(
                    .failed, "the store \(database.folder.path) could not rewrite its tables; check the disk")
            }
        }
    }

    private func compact(_ range: KeyRange, _ pointer: OpaquePointer) {
        let options = rocksdb_compactoptions_create()
        defer { rocksdb_compactoptions_destroy(options) }
        rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0)
        rocksdb_compactoptions_set_bottommost_level_compaction(options, forceOptimized)
        range.lowerBound.withUnsafeBytes { lower in
            guard let upperBound = range.upperBound else {
                rocksdb_compact_range_opt(pointer, options, characters(lower), lower.count, nil, 0)
                return
            }
            upperBound.withUnsafeBytes { upper in
                rocksdb_compact_range_opt(
                    pointer, options, characters(lower), lower.count, characters(upper), upper.count)
            }
        }
    }

    public func cancelReclaim() {
        // A closed engine has none under way.
        try? database.withPointer { pointer in rocksdb_disable_manual_compaction(pointer) }
    }

    /// How often RocksDB failed in the background: its C interface has no other word of a compaction that failed.
    private func backgroundFailures(_ pointer: OpaquePointer) -> UInt64 {
        var count: UInt64 = 0
        return rocksdb_property_int(pointer, "rocksdb.background-errors", &count) == 0 ? count : 0
    }

    public func close() {
        if database.close({ pointer in snapshots.releaseAll(in: pointer) }) {
            database.folder.unlock()
        }
    }
}

/// `kForceOptimized` of RocksDB's `BottommostLevelCompaction`, which its C header has no name for: rewrites also the
/// tables of the last level, but none that this compaction has just written.
private let forceOptimized: UInt8 = 3

/// A batch in RocksDB's form.
private struct BatchContents: ~Copyable {
    let pointer: OpaquePointer

    init(_ batch: WriteBatch) {
        pointer = rocksdb_writebatch_create()
        for operation in batch.operations {
            switch operation {
            case .put(let key, let value):
                key.withUnsafeBytes { key in
                    value.withUnsafeBytes { value in
                        rocksdb_writebatch_put(pointer, characters(key), key.count, characters(value), value.count)
                    }
                }
            case .delete(let key):
                key.withUnsafeBytes { key in
                    rocksdb_writebatch_delete(pointer, characters(key), key.count)
                }
            }
        }
    }

    /// In bytes.
    var size: Int {
        var size = 0
        _ = rocksdb_writebatch_data(pointer, &size)
        return size
    }

    deinit {
        rocksdb_writebatch_destroy(pointer)
    }
}
