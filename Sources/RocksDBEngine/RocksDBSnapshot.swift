import CRocksDB
import Storage

/// The store as it was at one moment.
///
/// A record that the engine's `RecordFilter` calls garbage may vanish from it: see `RocksDBEngine.reclaim`.
final class RocksDBSnapshot: StorageSnapshot {
    private let database: Database
    private let snapshots: LiveSnapshots
    private let handle: SnapshotHandle
    private let readOptions: ReadOptions

    init(_ database: Database, _ snapshots: LiveSnapshots) throws(StorageError) {
        handle = try database.withPointer { pointer in snapshots.make(pointer) }
        readOptions = ReadOptions(snapshot: handle.pointer)
        self.database = database
        self.snapshots = snapshots
    }

    deinit {
        // Where the engine is closed, closing it released the snapshot.
        try? database.withPointer { pointer in snapshots.release(handle, in: pointer) }
    }

    func read(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool {
        try database.read(key, readOptions, body)
    }

    func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        try database.scan(
            range, reverse: reverse, fillingCache: fillingCache, snapshot: handle.pointer, visit)
    }
}
