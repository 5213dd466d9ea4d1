/// When a write's reply may leave.
public enum Durability: String, Sendable, CaseIterable {
    /// Once the write is on disk.
    case full
    /// Once it is applied; it is on disk about a second later. A crash of the machine loses what came since.
    case relaxed
}

/// The bounds of the writer's queue.
public struct WriterLimits: Sendable {
    /// How many commands may wait.
    public var queuedCommands = 65_536
    /// How much those that wait may hold, in bytes; the last to come may pass it.
    public var queuedSize = 256 << 20
    /// How long one may wait before it is refused.
    public var patience: Duration = .seconds(5)
    /// How much one group may hold, in bytes: a larger one makes those behind it wait for longer.
    public var groupSize = 4 << 20

    public init() {}
}

/// How a store works, beside what its engine is told.
public struct StoreOptions: Sendable {
    public var durability: Durability = .full
    public var writerLimits = WriterLimits()
    public var sweep = SweepOptions()
    /// How much of the changes of late is kept on disk for those who watch, in bytes; nil for none.
    public var historySize: Int? = 64 << 20
    /// How much of the changes of what is being watched is kept in memory, in bytes.
    public var recentChangesSize = 16 << 20
    public var clock: @Sendable () -> Timestamp = Timestamp.now

    public init() {}
}

/// How the store looks for garbage.
public struct SweepOptions: Sendable {
    /// From the end of one pass over the store to the next.
    public var interval: Duration = .seconds(300)
    /// Between two steps of a pass.
    public var pause: Duration = .milliseconds(100)
    /// How many records one step looks at.
    public var recordsPerStep = 4096
    /// How much one step looks at, in bytes; one record may pass it.
    public var bytesPerStep = 1 << 20
    /// How much garbage a stretch of the store must hold before it is rewritten, in bytes.
    public var garbageMin = 1 << 20

    public init() {}
}
