import CRocksDB
import Storage

/// An open database of RocksDB and the reads that an engine, its snapshots and a read-only view have in common.
///
/// Safe to use from any thread; calls after `close` fail.
final class Database: @unchecked Sendable {
    // Unchecked: RocksDB's database is safe to use from any thread, and the gate keeps every use before its end.
    private let pointer: OpaquePointer
    private let gate = CallGate()
    let folder: StoreFolder

    /// Takes over `pointer`, a database that was opened in `folder`.
    init(owning pointer: OpaquePointer, folder: StoreFolder) {
        self.pointer = pointer
        self.folder = folder
    }

    deinit {
        close()
    }

    var isClosed: Bool { gate.isClosed }

    /// Calls `body` with the database of RocksDB, which stays open during the call.
    func withPointer<Result: ~Copyable>(
        _ body: (OpaquePointer) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        guard gate.enter() else { throw .closed(folder.path) }
        defer { gate.leave() }
        return try body(pointer)
    }

    func read(
        _ key: UnsafeRawBufferPointer, _ options: borrowing ReadOptions, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool {
        guard gate.enter() else { throw .closed(folder.path) }
        defer { gate.leave() }
        var status: UnsafeMutablePointer<CChar>?
        let slice = rocksdb_get_pinned(pointer, options.pointer, characters(key), key.count, &status)
        if let text = statusText(taking: status) {
            throw .reading(text, in: folder.path)
        }
        guard let slice else { return false }
        defer { rocksdb_pinnableslice_destroy(slice) }
        body(value(of: slice))
        return true
    }

    func readCached(
        _ key: UnsafeRawBufferPointer, _ options: borrowing ReadOptions, _ body: (UnsafeRawBufferPointer) -> Void
    ) -> CachedRead<Void> {
        guard gate.enter() else { return .wouldBlock }
        defer { gate.leave() }
        var status: UnsafeMutablePointer<CChar>?
        let slice = rocksdb_get_pinned(pointer, options.pointer, characters(key), key.count, &status)
        if let status {
            // "Incomplete", or a failure: the blocking read that follows finds out and reports it.
            rocksdb_free(status)
            return .wouldBlock
        }
        guard let slice else { return .absent }
        defer { rocksdb_pinnableslice_destroy(slice) }
        body(value(of: slice))
        return .found(())
    }

    /// Visits the records of `range` as of now, or as of `snapshot`.
    func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool, snapshot: OpaquePointer?,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        guard gate.enter() else { throw .closed(folder.path) }
        defer { gate.leave() }
        guard !range.isEmpty else { return }
        let options = ReadOptions(fillingCache: fillingCache, snapshot: snapshot)
        // RocksDB keeps the addresses of the bounds, so they are held until the iterator is gone.
        try range.lowerBound.withUnsafeBytes { lowerBound throws(StorageError) in
            guard let end = range.upperBound else {
                options.setBounds(lowerBound, nil)
                return try iterate(options, reverse: reverse, visit)
            }
            try end.withUnsafeBytes { upperBound throws(StorageError) in
                options.setBounds(lowerBound, upperBound)
                try iterate(options, reverse: reverse, visit)
            }
        }
    }

    private func iterate(
        _ options: borrowing ReadOptions, reverse: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        let iterator = rocksdb_create_iterator(pointer, options.pointer)
        defer { rocksdb_iter_destroy(iterator) }
        if reverse {
            rocksdb_iter_seek_to_last(iterator)
        } else {
            rocksdb_iter_seek_to_first(iterator)
        }
        while rocksdb_iter_valid(iterator) != 0 {
            var keyLength = 0
            var valueLength = 0
            let key = rocksdb_iter_key(iterator, &keyLength)
            let value = rocksdb_iter_value(iterator, &valueLength)
            let step = visit(
                UnsafeRawBufferPointer(start: key, count: keyLength),
                UnsafeRawBufferPointer(start: value, count: valueLength))
            guard step == .next else { return }
            if reverse {
                rocksdb_iter_prev(iterator)
            } else {
                rocksdb_iter_next(iterator)
            }
        }
        var status: UnsafeMutablePointer<CChar>?
        rocksdb_iter_get_error(iterator, &status)
        if let text = statusText(taking: status) {
            throw .reading(text, in: folder.path)
        }
    }

    /// Ends background work and compactions under way, waits for calls under way, runs `last` and closes the database;
    /// false, and does nothing, where that was done before.
    @discardableResult
    func close(_ last: (OpaquePointer) -> Void = { _ in }) -> Bool {
        guard gate.close() else { return false }
        rocksdb_disable_manual_compaction(pointer)
        // Before the wait: it also ends a write that waits for a compaction.
        rocksdb_cancel_all_background_work(pointer, 0)
        gate.waitUntilAllLeft()
        last(pointer)
        rocksdb_cancel_all_background_work(pointer, 1)
        rocksdb_close(pointer)
        return true
    }
}

private func value(of slice: OpaquePointer) -> UnsafeRawBufferPointer {
    var length = 0
    let start = rocksdb_pinnableslice_value(slice, &length)
    return UnsafeRawBufferPointer(start: start, count: length)
}
