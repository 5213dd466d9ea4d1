import HTTPServer
import KVdbAPI
import KeyValueStore
import Logging
import LuaScripting
import Operations

/// The settings of a server, from its flags, the environment, its file and the defaults, in that order.
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
    var logFormat: LogFormat
    var logsAccess: Bool
    var trustedProxies: TrustedProxies
    var opensBuckets: Bool
    /// For how long a server goes on after the signal to stop, no longer ready.
    var stopDelay: Duration
    /// Nil where none was set; see `AdminAccess`.
    var adminToken: AdminToken?
    /// Nil for a server without TLS.
    var tls: TLSFiles?
    /// Whether buckets are served.
    var servesBuckets = true
    /// Whether databases have a page for the browser beside them.
    var servesPage = false
    /// Nil where databases are not served.
    var kot: KOTSettings?

    /// - Parameter needsPassword: whether it is a failure that there is neither a password nor an access key for databases.
    /// - Throws: a `ValidationError` of one line, which names the flag, the variable or the file's line.
    init(_ sources: SettingSources, needsPassword: Bool = false) throws {
        let defaults = KVdbOptions()
        let line = Setting.line
        host = try Setting("host", in: sources)
            .value(default: "127.0.0.1", expecting: "an address", line)
        port = try Setting("port", in: sources)
            .value(default: "8080", expecting: Self.portForm(sources.given("port"))) { text in
                Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
            }
        dataPath = try Setting(path: "data", in: sources)
            .value(default: PathText.absolute("kvick-data"), expecting: "a folder", line)
        adminToken = try Setting(secret: "admin-token", in: sources)
            .value(
                expecting: "a secret of \(AdminToken.lengthMin) or more letters, digits and signs, without spaces",
                AdminToken.init)
        rateLimit = try Setting("rate-limit", in: sources)
            .value(
                default: "1000/h", expecting: "a limit, as 1000/h (s, m, h, d), or none", RateLimitSetting.init)
        // The bounds keep a key within what a request's head may have, and a value within what a connection may hold.
        maxKeySize = try Setting("max-key-size", in: sources)
            .size(default: defaults.maxKeySize, from: 1, to: KVdbOptions.highestMaxKeySize)
        maxValueSize = try Setting("max-value-size", in: sources)
            .size(default: defaults.maxValueSize, from: 1, to: KVdbOptions.highestMaxValueSize)
        maxTransactionSize = try Setting("max-transaction-size", in: sources)
            .count(default: defaults.maxTransactionOperations, of: "operations", upTo: 10_000)
        scriptLimits = try ScriptLimits(sources)
        durability = try Setting("durability", in: sources)
            .value(default: "full", expecting: "full or relaxed", Durability.init(rawValue:))
        cacheSize = try Setting("cache-size", in: sources)
            .size(default: 240 << 20, from: 1 << 20, to: 1 << 40)
        historySize = try Setting("history", in: sources)
            .optionalSize(default: 64 << 20, from: 1 << 20, to: 1 << 40)
        opensBuckets = try Setting("open-buckets", in: sources).isTrue(default: false)
        stopDelay = try Setting("stop-delay", in: sources).time(default: "0s", from: .zero, to: .seconds(3600))
        logLevel = try Setting("log-level", in: sources)
            .value(
                default: "info", expecting: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))",
                Logger.Level.init(rawValue:))
        logFormat = try Setting("log-format", in: sources)
            .value(default: "text", expecting: "text or json", LogFormat.init(rawValue:))
        logsAccess = try Setting("access-log", in: sources).isTrue(default: false)
        trustedProxies = try Setting("trusted-proxy", in: sources)
            .value(
                default: "none", expecting: "addresses, as 10.0.0.0/8 or ::1, with commas between, or none",
                TrustedProxies.init)
        tls = try TLSFiles(sources)
        kot = try KOTSettings(sources, needsPassword: needsPassword)
        try sources.requireKnownNames()
    }

    /// What a port must be, and for what Kubernetes sets in its place (its documentation, "Service", "Environment variables"), how to
    /// be rid of that.
    private static func portForm(_ given: Setting.Given?) -> String {
        let form = "a port, 0 to 65535"
        guard given?.text.contains("://") == true else { return form }
        return form + "; Kubernetes sets it so for a service named kvick, unless the pod says enableServiceLinks: false"
    }

    /// What is served beside the operation.
    var services: RequestKinds.Services {
        guard servesBuckets else { return servesPage ? .databasesWithPage : .databases }
        return kot == nil ? .buckets : .both
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
