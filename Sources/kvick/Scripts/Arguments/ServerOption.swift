import ArgumentParser

/// The server that has the scripts.
struct ServerOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A running server. (default: KVICK_SERVER's value, else \(ServerURL.local))", valueName: "url"))
    var server: String?

    /// - Throws: a `ValidationError` that names the option or its variable.
    func url() throws -> ServerURL {
        // Not shown where it is wrong, for people put passwords into addresses.
        try Setting("server", flag: server, isSecret: true)
            .value(expecting: "an address as \(ServerURL.local)", ServerURL.init) ?? .local
    }
}
