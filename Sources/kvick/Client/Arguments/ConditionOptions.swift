import ArgumentParser
import AsyncHTTPClient

/// A condition on the version that a key is at.
struct VersionOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only if the key is at this version, as 'get --json' tells it; else exit code 3.", valueName: "version"))
    var ifVersion: String?

    func validate() throws {
        if let ifVersion, UInt64(ifVersion) == nil {
            throw ValidationError(
                "--if-version is \(ifVersion), but must be a version's number, as 'get --json' prints it")
        }
    }

    /// Puts the condition on `request` (RFC 9110 §13.1.1).
    func apply(to request: inout HTTPClientRequest) {
        if let ifVersion { request.headers.add(name: "If-Match", value: "\"\(ifVersion)\"") }
    }
}

/// As `VersionOption`, for what may also make a key.
struct ConditionOptions: ParsableArguments {
    @OptionGroup var version: VersionOption
    @Flag(help: "Only if there is no such key yet; else exit code 3.") var ifAbsent = false

    func validate() throws {
        guard !ifAbsent || version.ifVersion == nil else {
            throw ValidationError("--if-absent and --if-version exclude each other; give one")
        }
    }

    func apply(to request: inout HTTPClientRequest) {
        version.apply(to: &request)
        if ifAbsent { request.headers.add(name: "If-None-Match", value: "*") }
    }
}

/// How long a key lives.
struct TimeToLiveOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long the key lives, as 30s, 10m, 2h, 7d or never. (default: the bucket's)", valueName: "time"),
        transform: DurationText.parsed)
    var ttl: DurationText?

    var query: QueryString {
        var query = QueryString()
        if let ttl { query.add("ttl", ttl.seconds) }
        return query
    }
}
