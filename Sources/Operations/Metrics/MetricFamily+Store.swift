import KeyValueStore
import Storage

extension MetricFamily {
    /// What a store tells of itself.
    static func store(_ store: StoreStatistics) -> [MetricFamily] {
        writer(store.writer) + engine(store.engine)
            + [
                MetricFamily(
                    .gauge, "kvick_store_history_bytes", "Changes that are kept for watchers that come back.",
                    Double(store.historySize))
            ].compactMap { $0 }
    }

    private static func writer(_ writer: WriterStatistics) -> [MetricFamily] {
        [
            MetricFamily(
                "kvick_store_commit_commands", "Changes that were committed together.", [([], writer.groupSizes)]),
            MetricFamily(
                "kvick_store_sync_duration_seconds", "Time to write what was committed together, and to sync it.",
                unitsPerOne: 1e9, [([], writer.syncTimes)]),
            MetricFamily(
                .gauge, "kvick_store_commands_waiting", "Changes that wait for the writer.",
                Double(writer.queuedCommands)),
            MetricFamily(
                .gauge, "kvick_store_commands_waiting_bytes", "Memory of the changes that wait for the writer.",
                Double(writer.queuedSize)),
            MetricFamily(
                .counter, "kvick_store_commands_refused_total", "Changes that were not made, by why.",
                [
                    ([("reason", "busy")], Double(writer.refusedBusy)),
                    ([("reason", "disk_full")], Double(writer.refusedDiskFull)),
                    ([("reason", "read_only")], Double(writer.refusedReadOnly)),
                ]),
            MetricFamily(
                .counter, "kvick_store_commands_failed_total",
                "Changes whose commit failed, so that their outcome is unknown.", Double(writer.failed)),
            MetricFamily(
                .counter, "kvick_store_expired_keys_total", "Keys that were deleted at the end of their time to live.",
                Double(writer.expiredKeys)),
        ].compactMap { $0 }
    }

    private static func engine(_ engine: EngineStatistics) -> [MetricFamily] {
        let cacheReads: [([Label], Double)] = [
            ("hit", engine.recordCacheHits), ("miss", engine.recordCacheMisses),
        ].compactMap { result, count in count.map { ([("result", result)], Double($0)) } }
        let levels = { (number: (EngineStatistics.Level) -> Int) -> [([Label], Double)] in
            engine.levels.enumerated().map { ([("level", String($0))], Double(number($1))) }
        }
        return [
            MetricFamily(
                .gauge, "kvick_store_disk_bytes", "Size of the store's files.", engine.diskSize.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_disk_free_bytes", "Room that the file system has left.",
                engine.freeDiskSpace.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_level_bytes", "Size of the tables of each level.",
                levels { $0.size }),
            MetricFamily(
                .gauge, "kvick_store_level_files", "Number of the tables of each level.",
                levels { $0.fileCount }),
            MetricFamily(
                .gauge, "kvick_store_memtable_bytes", "Memory of what is not yet in tables.",
                engine.memtableSize.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_compaction_pending_bytes", "About how much is yet to be rewritten.",
                engine.pendingCompactionSize.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_compactions_running", "Compactions under way.",
                engine.runningCompactions.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_flushes_running", "Flushes of memtables under way.",
                engine.runningFlushes.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_snapshots", "Snapshots that are held, as by lists.",
                engine.liveSnapshots.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_block_cache_bytes", "Memory that the cache of blocks holds.",
                engine.blockCacheSize.map(Double.init)),
            MetricFamily(
                .gauge, "kvick_store_block_cache_limit_bytes", "Memory that the cache of blocks may hold.",
                engine.blockCacheSizeMax.map(Double.init)),
            MetricFamily(
                .counter, "kvick_store_record_cache_reads_total",
                "Reads of keys and of what belongs to them, by whether the cache of records had them.", cacheReads),
            MetricFamily(
                .counter, "kvick_store_blocked_reads_total", "Reads that memory could not answer.",
                engine.blockedReads.map(Double.init)),
            MetricFamily(
                .counter, "kvick_store_background_failures_total", "Failures of the engine in the background.",
                engine.backgroundFailures.map(Double.init)),
        ].compactMap { $0 }
    }
}
