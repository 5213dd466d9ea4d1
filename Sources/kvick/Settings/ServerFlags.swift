import ArgumentParser

/// What flags say of a server's settings, as it was typed; nil where they say nothing.
struct ServerFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of settings, in YAML: the names of these options, without the dashes before them.",
            valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The address to listen on; 0.0.0.0 for all. (default: 127.0.0.1)"))
    var host: String?

    @Option(help: ArgumentHelp("The port to listen on; 0 for any that is free. (default: 8080)"))
    var port: String?

    @Option(
        help: ArgumentHelp(
            "The folder of the store, made where there is none. (default: ./kvick-data)", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "How many requests each client address may make, as 1000/h (s, m, h, d), or none. (default: 1000/h)",
            valueName: "limit"))
    var rateLimit: String?

    @Option(help: ArgumentHelp("The longest key. (default: 128B)", valueName: "size"))
    var maxKeySize: String?

    @Option(help: ArgumentHelp("The longest value. (default: 16KiB)", valueName: "size"))
    var maxValueSize: String?

    @Option(
        help: ArgumentHelp("The most operations of a transaction, 1 to 10000. (default: 1000)", valueName: "count"))
    var maxTransactionSize: String?

    @OptionGroup var scriptLimits: ScriptLimitFlags

    @Option(
        help: ArgumentHelp(
            "When a write is answered: full (it is on disk) or relaxed. (default: full)", valueName: "mode"))
    var durability: String?

    @Option(
        help: ArgumentHelp("The memory that caches what was read of the disk. (default: 240MiB)", valueName: "size"))
    var cacheSize: String?

    @Option(
        help: ArgumentHelp(
            "How much of the changes of late is kept for watchers that come back, or none. (default: 64MiB)",
            valueName: "size"))
    var history: String?

    @Option(
        help: ArgumentHelp(
            "What is logged: trace, debug, info, notice, warning, error or critical. (default: info)",
            valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp("How that is written: text, or json for programs. (default: text)", valueName: "format"))
    var logFormat: String?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp("Write a line of JSON for each request to the standard output. (default: no)"))
    var accessLog: Bool?

    @Option(
        help: ArgumentHelp(
            """
            A proxy whose X-Forwarded-For is believed, as 10.0.0.1, 10.0.0.0/8 or ::1; several with commas, or given several \
            times, or none. (default: none)
            """, valueName: "addresses"))
    var trustedProxy: [String] = []

    @Option(
        help: ArgumentHelp(
            "A certificate in PEM, with those that lead to a trusted one behind it: serve https, with HTTP/2.",
            valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's private key in PEM, unencrypted.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            """
            How long to go on after SIGTERM or SIGINT, while /-/ready tells load balancers to stay away, as 10s. A second signal \
            ends that. (default: 0s)
            """, valueName: "time"))
    var stopDelay: String?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Let a write make a public bucket of any id that it names, of 8 to 64 of A-Z a-z 0-9 _ and -. (default: no)"
        ))
    var openBuckets: Bool?

    @Option(
        help: ArgumentHelp(
            """
            What administrators show, as a Bearer, for all under /-/ but health, ready and openapi.json. Better given as KVICK_ADMIN_TOKEN, which \
            other users of the machine can't see.
            """, valueName: "token"))
    var adminToken: String?

    @Option(help: ArgumentHelp("A file that has the admin token, on one line.", valueName: "file"))
    var adminTokenFile: String?

    @Option(
        help: ArgumentHelp(
            """
            Serve KOT's databases, too, to those who have this password. Better given as KVICK_KOT_PASSWORD, which other \
            users of the machine can't see.
            """, valueName: "password"))
    var kotPassword: String?

    @Option(help: ArgumentHelp("A file that has KOT's password, on one line.", valueName: "file"))
    var kotPasswordFile: String?

    @OptionGroup(title: "KOT's limits")
    var kot: KOTFlags

    func validate() throws {
        // Of KOT's own spelling, and one character from another option.
        if CommandLine.arguments.contains(where: { $0 == "--rate_limit" || $0.hasPrefix("--rate_limit=") }) {
            throw ValidationError("write --rate-limit for buckets, or --kot-rate-limit for KOT's databases")
        }
    }

    /// Those that are there, by name.
    private var given: [String: String] {
        let own: [(String, String?)] = [
            ("host", host), ("port", port), ("data", data), ("rate-limit", rateLimit), ("max-key-size", maxKeySize),
            ("max-value-size", maxValueSize), ("max-transaction-size", maxTransactionSize), ("durability", durability),
            ("cache-size", cacheSize), ("history", history), ("log-level", logLevel),
            ("log-format", logFormat), ("access-log", accessLog.map(String.init)),
            ("trusted-proxy", trustedProxy.isEmpty ? nil : trustedProxy.joined(separator: ",")),
            ("tls-cert", tlsCert), ("tls-key", tlsKey), ("open-buckets", openBuckets.map(String.init)),
            ("stop-delay", stopDelay), ("admin-token", adminToken), ("admin-token-file", adminTokenFile),
            ("kot-password", kotPassword), ("kot-password-file", kotPasswordFile),
        ]
        return own.reduce(into: scriptLimits.given.merging(kot.given) { $1 }) { given, flag in
            if let value = flag.1 { given[flag.0] = value }
        }
    }

    /// - Throws: a `ValidationError` or a `CommandFailure` where there is a file of settings and it can't be read.
    func sources() throws -> SettingSources {
        try SettingSources(flags: given, file: config)
    }
}
