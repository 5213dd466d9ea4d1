import HTTPAPI
import KeyValueStore
import LuaScripting
import Storage

/// What one run of a script does to its bucket: one transaction, within the caller's access and the limits.
final class BucketScriptHost: ScriptHost {
    /// Why the run was stopped; nil where it was not.
    private(set) var obstacle: Obstacle?
    private let transaction: OptimisticTransaction
    private let bucket: Namespace
    private let access: Access
    private let accessControl: AccessControl
    private let options: KVdbOptions

    /// Why a run was stopped.
    enum Obstacle {
        /// The run went over a limit: how much it may take of it.
        case limit(RunLimit, String)
        case failure(APIError)
    }

    init(
        _ transaction: OptimisticTransaction, bucket: Namespace, access: Access, accessControl: AccessControl,
        options: KVdbOptions
    ) {
        self.transaction = transaction
        self.bucket = bucket
        self.access = access
        self.accessControl = accessControl
        self.options = options
    }

    func get(_ key: [UInt8]) throws(ScriptRefusal) -> ScriptValue? {
        try require(key, Action.get)
        return try running { () throws(OptimisticError) in try transaction.get(key) }.map(ScriptValue.init)
    }

    func set(_ key: [UInt8], to value: ScriptValue, timeToLive: Double?) throws(ScriptRefusal) {
        try require(key, Action.set)
        try check(key)
        let (bytes, type) = try value.stored()
        guard bytes.count <= options.maxValueSize else {
            throw .raised("the value has \(bytes.count) bytes, and the limit is \(options.maxValueSize)")
        }
        let newValue = NewValue(bytes: bytes, type: type, timeToLive: try timeToLive.map(Self.duration))
        try running { () throws(OptimisticError) in try transaction.set(key, to: newValue) }
    }

    func increment(
        _ key: [UInt8], by difference: ScriptValue, timeToLive: Double?
    ) throws(ScriptRefusal) -> ScriptValue {
        try require(key, Action.set)
        try check(key)
        let (number, duration) = (try difference.number(), try timeToLive.map(Self.duration))
        let sum = try running { () throws(OptimisticError) in
            try transaction.increment(key, by: number, timeToLive: duration)
        }
        return ScriptValue(sum)
    }

    func delete(_ key: [UInt8]) throws(ScriptRefusal) -> Bool {
        try require(key, Action.delete)
        return try running { () throws(OptimisticError) in try transaction.delete(key) }
    }

    func list(_ list: ScriptListQuery) throws(ScriptRefusal) -> [ScriptEntry] {
        let requested = list.prefix ?? []
        try allowed(.list(prefix: requested, values: list.values))
        let limit = try Self.count(list.limit, "limit", from: 1) ?? max(1, transaction.remainingReads)
        let skip = try Self.count(list.skip, "skip", from: 0) ?? 0
        let found = try running { () throws(OptimisticError) in
            try transaction.list(
                prefix: access.listPrefix(requested), after: list.after.flatMap { $0.isEmpty ? nil : $0 },
                reverse: list.reverse, skip: skip, limit: limit, withValues: list.values)
        }
        return found.map { ScriptEntry(key: $0.key, value: $0.value.map(ScriptValue.init)) }
    }

    func makeAccessToken(_ token: ScriptToken) throws(ScriptRefusal) -> String {
        do throws(APIError) {
            var settings = try TokenSettings(
                prefix: token.prefix, permissions: token.permissions, lifetime: token.lifetime,
                maxKeySize: options.maxKeySize)
            try access.requireInScript(settings)
            if let expiry = access.token?.expiry {
                let rest = Int((expiry.milliseconds - accessControl.clock().milliseconds) / 1000)
                settings.lifetime = max(1, min(settings.lifetime, rest))
            }
            return try accessControl.makeToken(settings, for: bucket)
        } catch {
            throw .returned(error.message)
        }
    }

    // MARK: What is allowed

    private func require(_ key: [UInt8], _ action: (UnsafeRawBufferPointer) -> Action) throws(ScriptRefusal) {
        try key.span.bytes.withUnsafeBytes { (key) throws(ScriptRefusal) in try allowed(action(key)) }
    }

    private func allowed(_ action: Action) throws(ScriptRefusal) {
        do throws(APIError) {
            try access.requireInScript(action)
        } catch {
            throw .raised("forbidden: \(error.message)")
        }
    }

    /// - Throws: an error to be raised where no key can be named so.
    private func check(_ key: [UInt8]) throws(ScriptRefusal) {
        guard !key.isEmpty else { throw .raised("a key can't be empty") }
        guard key.count <= options.maxKeySize else {
            throw .raised(APIError.tooLong(key: key.count, limit: options.maxKeySize).message)
        }
        guard !key.span.bytes.withUnsafeBytes(ReservedPaths.contain) else {
            throw .raised("a key can't begin with tokens/ or scripts/, which are paths of the bucket")
        }
    }

    private static func duration(_ seconds: Double) throws(ScriptRefusal) -> TimeToLive {
        // Upwards, for none at all would be for ever.
        guard let milliseconds = Int64(exactly: (seconds * 1000).rounded(.up)),
            let duration = TimeToLive(milliseconds: milliseconds)
        else { throw .raised("ttl is too large; give fewer seconds, or 0 for a key that never expires") }
        return duration
    }

    private static func count(_ number: Int64?, _ name: String, from lowest: Int64) throws(ScriptRefusal) -> Int? {
        guard let number else { return nil }
        guard number >= lowest, let count = Int(exactly: number) else {
            throw .raised("\(name) must be \(lowest) or more")
        }
        return count
    }

    // MARK: The transaction

    /// What `body` gives of the transaction; what it throws is raised in the script, or ends it.
    private func running<Result>(_ body: () throws(OptimisticError) -> Result) throws(ScriptRefusal) -> Result {
        do throws(OptimisticError) {
            return try body()
        } catch {
            switch error {
            case .tooManyReads: obstacle = .limit(.reads, "\(options.scriptLimits.reads) reads")
            case .tooManyWrites: obstacle = .limit(.writes, "\(options.scriptLimits.writes) writes")
            case .tooLarge: obstacle = .limit(.memory, "\(options.scriptLimits.memory) bytes of memory")
            case .store(.invalid(let message)): throw .raised(message)
            case .store(let error): obstacle = .failure(APIError(error, namespace: .bucket))
            }
            throw .stopped
        }
    }
}

extension ScriptValue {
    init(_ value: SeenValue) {
        if value.type == .number, let number = try? Number(parsing: value.bytes) {
            self.init(number)
        } else {
            self = .bytes(value.bytes)
        }
    }

    init(_ number: Number) {
        switch number {
        case .integer(let integer): self = .integer(integer)
        case .float(let number): self = .number(number)
        }
    }

    /// How it is kept: a string as bytes, whatever it looks like, unless it is a number's canonical form.
    fileprivate func stored() throws(ScriptRefusal) -> (bytes: [UInt8], type: ValueType?) {
        if case .bytes(let bytes) = self { return (bytes, nil) }
        return (Array(try number().text.utf8), nil)
    }

    fileprivate func number() throws(ScriptRefusal) -> Number {
        switch self {
        case .integer(let integer): return .integer(integer)
        case .number(let number) where number.isFinite: return .float(number)
        case .number, .bytes: throw .raised("this is no number that can be stored")
        }
    }
}

extension Access {
    /// A script may do what it likes to its bucket, but called with a token what the token may.
    fileprivate func requireInScript(_ action: Action) throws(APIError) {
        if let token { try token.require(action) }
    }

    /// As the other, for a new token: it must reach no further than the caller's.
    fileprivate func requireInScript(_ settings: TokenSettings) throws(APIError) {
        guard let token else { return }
        guard settings.prefix.starts(with: token.prefix), settings.permissions.isSubset(of: token.permissions) else {
            throw .forbidden("forbidden: the caller's access token reaches less than this one would")
        }
    }
}
