/// A limit of a run, by the name that the answer to one gives that went over it.
public enum RunLimit: String, CaseIterable, Sendable {
    case cpu
    case memory
    case output
    case reads
    case writes
}

/// What became of runs of scripts since the server started, and what there is of them now.
public struct ScriptStatistics: Sendable {
    /// Runs, where one that began anew after a conflict counts each time.
    public internal(set) var runs: UInt64 = 0
    /// Those that ended with an error of the script's own.
    public internal(set) var failures: UInt64 = 0
    /// Those that another change came in the way of.
    public internal(set) var conflicts: UInt64 = 0
    /// Those that went over a limit.
    public internal(set) var exceeded: [RunLimit: UInt64] = [:]
    /// Requests that were refused, for too many waited.
    public internal(set) var refused: UInt64 = 0

    /// Runs that wait for a thread.
    public internal(set) var waiting = 0
    public internal(set) var busyThreads = 0
    public internal(set) var threads = 0

    init() {}
}
