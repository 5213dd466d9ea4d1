import CRocksDB
import Storage
import Synchronization

/// A snapshot of RocksDB's. Valid until it is released or its database is closed.
struct SnapshotHandle: Hashable, @unchecked Sendable {
    // Unchecked: RocksDB's snapshots are constant.
    let pointer: OpaquePointer
}

/// The snapshots of a database that were not released yet, so that closing it can release them.
final class LiveSnapshots: Sendable {
    private let handles = Mutex<Set<SnapshotHandle>>([])

    func make(_ database: OpaquePointer) -> SnapshotHandle {
        let handle = SnapshotHandle(pointer: rocksdb_create_snapshot(database))
        handles.withLock { handles in _ = handles.insert(handle) }
        return handle
    }

    func release(_ handle: SnapshotHandle, in database: OpaquePointer) {
        handles.withLock { handles in _ = handles.remove(handle) }
        rocksdb_release_snapshot(database, handle.pointer)
    }

    func releaseAll(in database: OpaquePointer) {
        let live = handles.withLock { handles in
            defer { handles = [] }
            return handles
        }
        for handle in live {
            rocksdb_release_snapshot(database, handle.pointer)
        }
    }
}
