import LuaSandbox

/// What one run of a script may use.
public struct ScriptLimits: Sendable {
    /// Of its thread, not of the clock on the wall.
    public var cpuTime = Duration.milliseconds(100)
    /// All that it holds at once, in bytes.
    public var memory = 16 << 20
    /// What it prints, in bytes.
    public var output = 1 << 20
    /// How many keys it may read: each that it gets, increments, deletes or that a list goes over.
    public var reads = 1000
    /// How many times it may write.
    public var writes = 1000

    public init() {}

    /// As the sandbox takes them.
    var sandboxLimits: LuaSandboxLimits {
        let (seconds, attoseconds) = cpuTime.components
        return LuaSandboxLimits(
            cpu_time: UInt64(clamping: seconds) * 1_000_000_000 + UInt64(clamping: attoseconds / 1_000_000_000),
            memory: max(0, memory), output: max(0, output))
    }
}
