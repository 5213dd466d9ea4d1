import LuaScripting
import NIOCore

/// The limits of the KVdb API that an operator sets.
public struct KVdbOptions: Sendable {
    /// In bytes (KVdb reference, "Keys").
    public var maxKeySize = 128
    /// In bytes (KVdb reference, "Keys").
    public var maxValueSize = 16 * 1024
    /// How many operations one transaction may have.
    public var maxTransactionOperations = 1000
    /// Whether a write to an id that no bucket has makes a public bucket of that id.
    public var opensBuckets = false
    /// What one run of a script may use.
    public var scriptLimits = ScriptLimits()

    /// After how much quiet a watcher is told how far the commits are: often enough for proxies that end quiet connections.
    public var heartbeatInterval = TimeAmount.seconds(15)
    /// How many clients may watch at once.
    public var maxWatchers = 5000

    /// The most that an operator may set as `maxKeySize` and `maxValueSize`, in bytes.
    public static let highestMaxKeySize = 8 << 10
    public static let highestMaxValueSize = 64 << 20

    public init() {}

    /// What a transaction's body may take, in bytes.
    var maxTransactionSize: Int {
        let operationSize = maxKeySize + maxValueSize + 64
        // The longest value fits as base64, too, which not all of them do as text in JSON's escapes.
        let largestSet = (maxValueSize + 2) / 3 * 4 + maxKeySize * 6 + 4096
        return max(min(max(maxTransactionOperations * operationSize, 64 << 10), 64 << 20), largestSet)
    }

    /// What the body of a request to a script may take, in bytes.
    var maxScriptInputSize: Int { min(max(maxValueSize, 64 << 10), scriptLimits.memory / 4) }

    /// What the values that one transaction gets may take together, in bytes: at least as much as the longest may.
    var maxTransactionResultSize: Int { max(4 << 20, maxValueSize) }
}
