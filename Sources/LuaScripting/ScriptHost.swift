/// A key's value as scripts see it.
public enum ScriptValue: Sendable, Hashable {
    case integer(Int64)
    case number(Double)
    case bytes([UInt8])
}

/// What `kvdb.list` is asked for; nil where the script does not say.
public struct ScriptListQuery: Sendable, Equatable {
    public var prefix: [UInt8]?
    public var after: [UInt8]?
    public var limit: Int64?
    public var skip: Int64?
    public var reverse = false
    public var values = false
}

/// What `kvdb.access_token` is asked for.
public struct ScriptToken: Sendable, Equatable {
    public var prefix: [UInt8]
    public var permissions: [String]
    /// In seconds; nil for the usual.
    public var lifetime: Int64?
}

/// A key of a list, with its value where that was asked for.
public struct ScriptEntry: Sendable, Equatable {
    public var key: [UInt8]
    public var value: ScriptValue?

    public init(key: [UInt8], value: ScriptValue?) {
        self.key = key
        self.value = value
    }
}

/// Why the host does not do what a script asks.
public enum ScriptRefusal: Error, Equatable {
    /// An error is raised in the script with this text, which it may catch.
    case raised(String)
    /// The function gives nil and this text.
    case returned(String)
    /// The script ends here, whatever it catches; the host knows why.
    case stopped
}

/// Does what one run of a script asks of its bucket, on the run's thread.
public protocol ScriptHost: AnyObject {
    func get(_ key: [UInt8]) throws(ScriptRefusal) -> ScriptValue?

    /// - Parameter timeToLive: in seconds, not negative; nil where the script does not say.
    func set(_ key: [UInt8], to value: ScriptValue, timeToLive: Double?) throws(ScriptRefusal)

    /// - Parameter difference: a number.
    /// - Returns: the sum.
    func increment(
        _ key: [UInt8], by difference: ScriptValue, timeToLive: Double?
    ) throws(ScriptRefusal) -> ScriptValue

    /// - Returns: whether it was there.
    func delete(_ key: [UInt8]) throws(ScriptRefusal) -> Bool

    func list(_ list: ScriptListQuery) throws(ScriptRefusal) -> [ScriptEntry]

    func makeAccessToken(_ token: ScriptToken) throws(ScriptRefusal) -> String
}
