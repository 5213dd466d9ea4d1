/// What an engine tells of itself at one moment; nil where it has none of it, or can't tell.
public struct EngineStatistics: Hashable, Sendable {
    /// Of tables that are searched one level after the other.
    public struct Level: Hashable, Sendable {
        public var fileCount: Int
        /// In bytes.
        public var size: Int

        public init(fileCount: Int, size: Int) {
            self.fileCount = fileCount
            self.size = size
        }
    }

    /// Of all files, in bytes.
    public var diskSize: Int?
    /// What the file system has left for this process, in bytes.
    public var freeDiskSpace: Int?
    public var levels: [Level] = []
    /// What is in memory and not yet in tables, in bytes.
    public var memtableSize: Int?
    /// About how much is yet to be rewritten to bring the tables into order, in bytes.
    public var pendingCompactionSize: Int?
    public var runningCompactions: Int?
    public var runningFlushes: Int?
    public var liveSnapshots: Int?
    /// What the cache of blocks holds and may hold, in bytes.
    public var blockCacheSize: Int?
    public var blockCacheSizeMax: Int?
    /// Reads that the cache of records answered, and that it didn't.
    public var recordCacheHits: UInt64?
    public var recordCacheMisses: UInt64?
    /// Reads that memory could not answer, so that they had to wait for the disk.
    public var blockedReads: UInt64?
    /// Failures in the background, as of a compaction.
    public var backgroundFailures: Int?

    public init() {}
}
