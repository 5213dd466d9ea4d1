import NIOCore

/// The limits of the KVdb API that an operator sets.
public struct KVdbOptions: Sendable {
    /// In bytes (KVdb reference, "Keys").
    public var maxKeySize = 128
    /// In bytes (KVdb reference, "Keys").
    public var maxValueSize = 16 * 1024
    /// Whether a write to an id that no bucket has makes a public bucket of that id.
    public var opensBuckets = false

    /// After how much quiet a watcher is told how far the commits are: often enough for proxies that end quiet connections.
    public var heartbeatInterval = TimeAmount.seconds(15)
    /// How many clients may watch at once.
    public var maxWatchers = 5000

    public init() {}
}
