/// What the API tells of itself at one moment.
public struct KVdbStatistics: Sendable {
    public let watchers: Int
    /// Events that were handed to watchers; one counts for each of them.
    public let sentEvents: UInt64
    public let scripts: ScriptStatistics
}

extension KVdbAPI {
    public var statistics: KVdbStatistics {
        var scripts = scriptCounts.withLock { $0 }
        (scripts.waiting, scripts.busyThreads) = scriptThreads.load
        scripts.threads = scriptThreads.numberOfThreads
        return KVdbStatistics(watchers: watchers.total, sentEvents: watchers.sentEventCount, scripts: scripts)
    }
}
