import CRocksDB
import Storage

/// The open options of RocksDB; RocksDB copies them when a database is opened.
struct DatabaseOptions: ~Copyable {
    let pointer: OpaquePointer

    /// Options to open a database with, sharing `cache`.
    init(_ options: RocksDBOptions, cache: borrowing BlockCache) {
        pointer = rocksdb_options_create()
        setDurability()
        setMemory(options)
        setFiles()
        setTableFormat(cache: cache)
    }

    deinit {
        rocksdb_options_destroy(pointer)
    }

    /// Keeps the info log out of the folder, for an opening that must not touch it.
    func setNoInfoLog() {
        // No file can be made in /proc, and RocksDB opens a database read only without an info log.
        rocksdb_options_set_db_log_dir(pointer, "/proc")
    }

    func setCreateIfMissing() {
        rocksdb_options_set_create_if_missing(pointer, 1)
    }

    func setFilter(_ filter: RecordFilter) {
        // The options own the factory from here on, and share it with the database.
        rocksdb_options_set_compaction_filter_factory(pointer, makeCompactionFilterFactory(filter))
    }

    private func setDurability() {
        rocksdb_options_set_paranoid_checks(pointer, 1)
        // The log may end in a torn record, but is refused where anything before its end is damaged. RocksDB's default
        // would silently drop all that follows the damage.
        rocksdb_options_set_wal_recovery_mode(pointer, Int32(rocksdb_tolerate_corrupted_tail_records_recovery))
        rocksdb_options_set_recycle_log_file_num(pointer, 0)
        rocksdb_options_set_enable_pipelined_write(pointer, 0)
        rocksdb_options_set_unordered_write(pointer, 0)
        // One thread writes, and needs none of what several would cost.
        rocksdb_options_set_allow_concurrent_memtable_write(pointer, 0)
        rocksdb_options_set_manual_wal_flush(pointer, 0)
        // RocksDB keeps an info log. Where one can't be appended to, on a full disk, builds with assertions end the
        // process; at this level nothing is appended.
        rocksdb_options_set_info_log_level(pointer, fatalLevel)
        rocksdb_options_set_keep_log_file_num(pointer, 1)
    }

    private func setMemory(_ options: RocksDBOptions) {
        rocksdb_options_set_write_buffer_size(pointer, max(options.memtableSize, 64 << 10))
        // More than one is safe with a single column family: with several, RocksDB may wait for ever for the flush before a manual
        // compaction (facebook/rocksdb#12094).
        let memtablesPerFile = min(max(options.memtablesPerFile, 1), 1 << 10)
        rocksdb_options_set_min_write_buffer_number_to_merge(pointer, Int32(memtablesPerFile))
        rocksdb_options_set_max_write_buffer_number(
            pointer, Int32(clamping: max(options.maxMemtables, 2 * memtablesPerFile)))
        // A filter over each memtable spares most reads the search of it.
        rocksdb_options_set_memtable_prefix_bloom_size_ratio(pointer, 0.05)
        rocksdb_options_set_memtable_whole_key_filtering(pointer, 1)
        rocksdb_options_set_max_open_files(pointer, Int32(clamping: max(options.maxOpenFiles, 32)))
        rocksdb_options_set_max_background_jobs(pointer, 2)
        rocksdb_options_set_stats_dump_period_sec(pointer, 0)
        rocksdb_options_set_stats_persist_period_sec(pointer, 0)
    }

    private func setFiles() {
        // On all levels: Zstandard makes smaller files on the last one, but a fifth of the time of a server that is written to
        // would go there.
        rocksdb_options_set_compression(pointer, Int32(rocksdb_lz4_compression))
        rocksdb_options_set_level_compaction_dynamic_level_bytes(pointer, 1)
        rocksdb_options_set_bytes_per_sync(pointer, 1 << 20)
        rocksdb_options_set_max_manifest_file_size(pointer, 64 << 20)
    }

    private func setTableFormat(cache: borrowing BlockCache) {
        let table = rocksdb_block_based_options_create()
        defer { rocksdb_block_based_options_destroy(table) }
        rocksdb_block_based_options_set_format_version(table, 5)
        rocksdb_block_based_options_set_block_cache(table, cache.pointer)
        rocksdb_block_based_options_set_block_size(table, 4 << 10)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1)
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1)
        // In parts: the cache has many shards, and a whole index or filter of a table of millions of records fits none of them.
        rocksdb_block_based_options_set_index_type(
            table, Int32(rocksdb_block_based_table_index_type_two_level_index_search))
        rocksdb_block_based_options_set_partition_filters(table, 1)
        rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1)
        // The table options own the filter policy from here on.
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
        rocksdb_block_based_options_set_whole_key_filtering(table, 1)
        rocksdb_options_set_block_based_table_factory(pointer, table)
    }
}

/// `FATAL_LEVEL` of RocksDB's `InfoLogLevel`, which its C header has no name for.
private let fatalLevel: Int32 = 4
