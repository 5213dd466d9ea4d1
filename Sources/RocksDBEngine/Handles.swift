import CRocksDB

/// The memory for blocks of table files; a database that was opened with it keeps it alive.
struct BlockCache: ~Copyable {
    let pointer: OpaquePointer

    init(size: Int) {
        pointer = rocksdb_cache_create_lru(max(size, 1 << 20))
    }

    deinit {
        rocksdb_cache_destroy(pointer)
    }
}

/// How records are read.
struct ReadOptions: ~Copyable, @unchecked Sendable {
    // Unchecked: constant once they are shared.
    let pointer: OpaquePointer

    /// Where a read may look for its answer.
    enum Tier {
        case all
        case memoryOnly
    }

    init(tier: Tier = .all, fillingCache: Bool = true, snapshot: OpaquePointer? = nil) {
        pointer = rocksdb_readoptions_create()
        rocksdb_readoptions_set_verify_checksums(pointer, 1)
        rocksdb_readoptions_set_total_order_seek(pointer, 1)
        rocksdb_readoptions_set_fill_cache(pointer, fillingCache ? 1 : 0)
        if tier == .memoryOnly {
            rocksdb_readoptions_set_read_tier(pointer, blockCacheTier)
        }
        if let snapshot {
            rocksdb_readoptions_set_snapshot(pointer, snapshot)
        }
    }

    deinit {
        rocksdb_readoptions_destroy(pointer)
    }

    /// Confines an iterator to the keys from `lowerBound` up to but without `upperBound`, whose memory must outlive it.
    func setBounds(_ lowerBound: UnsafeRawBufferPointer, _ upperBound: UnsafeRawBufferPointer?) {
        rocksdb_readoptions_set_iterate_lower_bound(pointer, characters(lowerBound), lowerBound.count)
        if let upperBound {
            rocksdb_readoptions_set_iterate_upper_bound(pointer, characters(upperBound), upperBound.count)
        }
    }
}

/// `kBlockCacheTier` of RocksDB's `ReadTier`, which its C header has no name for.
private let blockCacheTier: Int32 = 1

/// How batches are written.
struct WriteOptions: ~Copyable, @unchecked Sendable {
    // Unchecked: constant once they are shared.
    let pointer: OpaquePointer

    /// With `sync`, a write is on disk before it returns.
    init(sync: Bool) {
        pointer = rocksdb_writeoptions_create()
        rocksdb_writeoptions_set_sync(pointer, sync ? 1 : 0)
        rocksdb_writeoptions_disable_WAL(pointer, 0)
    }

    deinit {
        rocksdb_writeoptions_destroy(pointer)
    }
}

/// `bytes` as RocksDB takes them: it wants an address for no bytes as well.
func characters(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar> {
    guard let address = bytes.baseAddress else { return constant("") }
    return address.assumingMemoryBound(to: CChar.self)
}

/// `text` as a C string that lives for ever.
func constant(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
