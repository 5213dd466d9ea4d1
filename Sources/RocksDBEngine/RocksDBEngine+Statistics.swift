import CRocksDB
import Storage

extension RocksDBEngine {
    /// What RocksDB tells for little. It could also count the hits of its caches, but every read would pay for that.
    public func statistics() throws(StorageError) -> EngineStatistics {
        var statistics = try database.withPointer { pointer in
            var statistics = EngineStatistics()
            statistics.levels = levels(pointer)
            statistics.memtableSize = property("rocksdb.cur-size-all-mem-tables", pointer)
            statistics.pendingCompactionSize = property("rocksdb.estimate-pending-compaction-bytes", pointer)
            statistics.runningCompactions = property("rocksdb.num-running-compactions", pointer)
            statistics.runningFlushes = property("rocksdb.num-running-flushes", pointer)
            statistics.liveSnapshots = property("rocksdb.num-snapshots", pointer)
            statistics.blockCacheSize = property("rocksdb.block-cache-usage", pointer)
            statistics.blockCacheSizeMax = property("rocksdb.block-cache-capacity", pointer)
            statistics.backgroundFailures = property("rocksdb.background-errors", pointer)
            return statistics
        }
        statistics.diskSize = database.folder.size
        statistics.freeDiskSpace = database.folder.freeSpace
        (statistics.recordCacheHits, statistics.recordCacheMisses) = recordCache.lookups
        statistics.blockedReads = blockedReads.load(ordering: .relaxed)
        return statistics
    }

    private func property(_ name: StaticString, _ pointer: OpaquePointer) -> Int? {
        var number: UInt64 = 0
        return rocksdb_property_int(pointer, constant(name), &number) == 0 ? Int(clamping: number) : nil
    }

    private func levels(_ pointer: OpaquePointer) -> [EngineStatistics.Level] {
        guard let metadata = rocksdb_get_column_family_metadata(pointer) else { return [] }
        defer { rocksdb_column_family_metadata_destroy(metadata) }
        return (0..<rocksdb_column_family_metadata_get_level_count(metadata)).compactMap { index in
            guard let level = rocksdb_column_family_metadata_get_level_metadata(metadata, index) else { return nil }
            defer { rocksdb_level_metadata_destroy(level) }
            return EngineStatistics.Level(
                fileCount: Int(rocksdb_level_metadata_get_file_count(level)),
                size: Int(clamping: rocksdb_level_metadata_get_size(level)))
        }
    }
}
