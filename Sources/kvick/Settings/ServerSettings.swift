import KVdbAPI
import KeyValueStore
import Logging
import LuaScripting
import Operations

/// What flags say of a server's settings, as it was typed; nil where they say nothing.
struct ServerFlags {
    var host: String?
    var port: String?
    var data: String?
    var rateLimit: String?
    var maxKeySize: String?
    var maxValueSize: String?
    var maxTransactionSize: String?
    var durability: String?
    var cacheSize: String?
    var history: String?
    var logLevel: String?
    var openBuckets: String?
    var adminToken: String?
}

extension ServerFlags {
    init(_ serve: Serve) {
        self.init(
            host: serve.host, port: serve.port, data: serve.data, rateLimit: serve.rateLimit,
            maxKeySize: serve.maxKeySize, maxValueSize: serve.maxValueSize,
            maxTransactionSize: serve.maxTransactionSize, durability: serve.durability, cacheSize: serve.cacheSize,
            history: serve.history, logLevel: serve.logLevel, openBuckets: serve.openBuckets ? "true" : nil,
            adminToken: serve.adminToken)
    }
}

/// The settings of a server, from its flags, the environment and the defaults, in that order.
struct ServerSettings: Sendable {
    var host: String
    var port: Int
    var dataPath: String
    var rateLimit: RateLimitSetting
    var maxKeySize: ByteSize
    var maxValueSize: ByteSize
    /// In operations.
    var maxTransactionSize: Int
    var scriptLimits: ScriptLimits
    var durability: Durability
    var cacheSize: ByteSize
    /// Nil for none.
    var historySize: ByteSize?
    var logLevel: Logger.Level
    var opensBuckets: Bool
    /// Nil where what is only for administrators is for nobody, or for anyone.
    var adminToken: AdminToken?
    /// Whether buckets are served.
    var servesBuckets = true
    /// Whether databases have a page for the browser beside them.
    var servesPage = false
    /// Nil where databases are not served.
    var kot: KOTSettings?

    /// - Throws: a `ValidationError` of one line, which names the flag or the variable.
    init(_ flags: ServerFlags, scriptLimits: ScriptLimits = ScriptLimits(), kot: KOTSettings?) throws {
        self.scriptLimits = scriptLimits
        self.kot = kot
        let defaults = KVdbOptions()
        let nonEmpty = { (text: String) in text.isEmpty ? nil : text }
        host = try Setting("host", flag: flags.host)
            .value(default: "127.0.0.1", expecting: "an address", nonEmpty)
        port = try Setting("port", flag: flags.port)
            .value(default: 8080, expecting: "a port, 0 to 65535") { text in
                Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
            }
        dataPath = try Setting("data", flag: flags.data)
            .value(default: "./kvick-data", expecting: "a folder", nonEmpty)
        rateLimit = try Setting("rate-limit", flag: flags.rateLimit)
            .value(
                default: RateLimitSetting("1000/h") ?? .none, expecting: "a limit, as 1000/h (s, m, h, d), or none",
                RateLimitSetting.init)
        // The bounds keep a key within what a request's head may have, and a value within what a connection may hold.
        maxKeySize = try Setting("max-key-size", flag: flags.maxKeySize)
            .size(default: defaults.maxKeySize, from: 1, to: 8 << 10)
        maxValueSize = try Setting("max-value-size", flag: flags.maxValueSize)
            .size(default: defaults.maxValueSize, from: 1, to: 64 << 20)
        maxTransactionSize = try Setting("max-transaction-size", flag: flags.maxTransactionSize)
            .count(default: defaults.maxTransactionOperations, of: "operations", upTo: 10_000)
        durability = try Setting("durability", flag: flags.durability)
            .value(default: .full, expecting: "full or relaxed", Durability.init(rawValue:))
        cacheSize = try Setting("cache-size", flag: flags.cacheSize)
            .size(default: 240 << 20, from: 1 << 20, to: 1 << 40)
        historySize = try Setting("history", flag: flags.history)
            .optionalSize(default: 64 << 20, from: 1 << 20, to: 1 << 40)
        logLevel = try Setting("log-level", flag: flags.logLevel)
            .value(
                default: .info, expecting: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))",
                Logger.Level.init(rawValue:))
        opensBuckets = try Setting("open-buckets", flag: flags.openBuckets)
            .value(default: false, expecting: "true or false") { text in
                switch text.lowercased() {
                case "true", "1": true
                case "false", "0": false
                default: nil
                }
            }
        adminToken = try Setting("admin-token", flag: flags.adminToken, isSecret: true)
            .value(
                default: nil,
                expecting: "a secret of \(AdminToken.lengthMin) or more letters, digits and signs, without spaces"
            ) { text -> AdminToken?? in AdminToken(text).map { .some($0) } }
    }

    /// The part that the KVdb API takes.
    var kvdbOptions: KVdbOptions {
        var options = KVdbOptions()
        options.maxKeySize = maxKeySize.bytes
        options.maxValueSize = maxValueSize.bytes
        options.maxTransactionOperations = maxTransactionSize
        options.opensBuckets = opensBuckets
        options.scriptLimits = scriptLimits
        return options
    }
}
