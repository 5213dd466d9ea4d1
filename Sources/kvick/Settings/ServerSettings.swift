import ArgumentParser
import KVdbAPI
import KeyValueStore
import Logging

/// The settings of `kvick serve`, from its flags, the environment and the defaults, in that order.
struct ServerSettings: Sendable {
    var host: String
    var port: Int
    var dataPath: String
    var rateLimit: RateLimitSetting
    var maxKeySize: ByteSize
    var maxValueSize: ByteSize
    var durability: Durability
    var cacheSize: ByteSize
    var logLevel: Logger.Level
    var opensBuckets: Bool

    /// - Throws: a `ValidationError` of one line.
    init(_ flags: Serve) throws {
        let defaults = KVdbOptions()
        let size = "a size, as 128B, 16KiB or 256MiB"
        host = try Environment.resolve(flags.host, "host", default: "127.0.0.1", expecting: "an address")
        port = try Environment.resolve(flags.port, "port", default: 8080, expecting: "a port, 0 to 65535")
        dataPath = try Environment.resolve(flags.data, "data", default: "./kvick-data", expecting: "a folder")
        rateLimit = try Environment.resolve(
            flags.rateLimit, "rate-limit", default: RateLimitSetting(argument: "1000/h") ?? .none,
            expecting: "a limit, as 1000/h, or none")
        maxKeySize = try Environment.resolve(
            flags.maxKeySize, "max-key-size", default: ByteSize(bytes: defaults.maxKeySize), expecting: size)
        maxValueSize = try Environment.resolve(
            flags.maxValueSize, "max-value-size", default: ByteSize(bytes: defaults.maxValueSize), expecting: size)
        durability = try Environment.resolve(
            flags.durability, "durability", default: .full, expecting: "full or relaxed")
        cacheSize = try Environment.resolve(
            flags.cacheSize, "cache-size", default: ByteSize(bytes: 256 << 20), expecting: size)
        logLevel = try Environment.resolve(
            flags.logLevel, "log-level", default: .info,
            expecting: Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        opensBuckets = try Environment.resolve(flags.openBuckets, "open-buckets")
        try check()
    }

    private func check() throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("--port is \(port), but must be 0 to 65535")
        }
        // The bounds keep a key within what a request's head may have, and a value within what a connection may hold.
        try check(maxKeySize, "max-key-size", 1, 8 << 10)
        try check(maxValueSize, "max-value-size", 1, 64 << 20)
        try check(cacheSize, "cache-size", 1 << 20, 1 << 40)
        guard !dataPath.isEmpty else { throw ValidationError("--data is empty, but must be a folder") }
    }

    private func check(_ size: ByteSize, _ name: String, _ lowest: Int, _ highest: Int) throws {
        guard size.bytes >= lowest, size.bytes <= highest else {
            throw ValidationError(
                "--\(name) is \(size), but must be \(ByteSize(bytes: lowest)) to \(ByteSize(bytes: highest))")
        }
    }
}
