/// How much memory and disk a store may use.
public struct RocksDBOptions: Sendable {
    /// The bytes kept in memory for reads: of small records, and of blocks, indexes and filters.
    public var cacheSize = 240 << 20
    /// The bytes of writes that one memtable gathers. A search in a large one misses the processor's caches at each step.
    public var memtableSize = 8 << 20
    /// How many full memtables become one file. The fewer files, the less often they are merged with all other records.
    public var memtablesPerFile = 4
    /// How many memtables there may be, the one written to and those that become a file included. With all but one of them full, writes
    /// are slowed down, and with all of them they wait.
    public var maxMemtables = 12
    /// How many table files are held open at once.
    public var maxOpenFiles = 512
    /// The free bytes of the file system below which writes are refused with `outOfSpace`; what frees space may use half.
    ///
    /// RocksDB recovers when it runs out of space while it flushes or compacts, but not when it does while it appends to
    /// its log: it then stays read only, and builds of it with assertions, as Debian's, end the process. So keep half of
    /// this at twice `memtableSize` or more: each log is then created with all of its space allocated. Of a batch beyond that its own
    /// size counts twice when it is written.
    public var reservedSpace = 128 << 20

    public init() {}

    /// What of `cacheSize` is for small records: they are what most requests are for.
    var recordCacheSize: Int { cacheSize / 5 * 3 }
    /// What of it is for blocks, indexes and filters.
    var blockCacheSize: Int { cacheSize - recordCacheSize }
}
