import ArgumentParser
import NIOCore

/// The running server that a command talks to, and how.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A running server. (default: the bucket's in the client's file, KVICK_URL, the file's, \(ServerURL.local))",
            valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "Certificates in PEM to trust in the place of the system's. (default: KVICK_CA_FILE's value)",
            valueName: "file"),
        completion: .file())
    var caFile: String?

    @Option(
        help: ArgumentHelp("How long a server may be silent, as 30s or 5m. (default: 1m)", valueName: "time"))
    var timeout: String?

    /// Calls `body` with a connection to the server of `bucket`, or else of `configuration`.
    ///
    /// - Parameter silenceMin: how long the server may be silent in any case.
    /// - Throws: a `ValidationError` that names the option or its variable.
    func withConnection<Result>(
        to bucket: ClientConfiguration.Bucket? = nil, _ configuration: ClientConfiguration,
        silenceMin: TimeAmount = .zero,
        _ body: (RemoteConnection) async throws -> Result
    ) async throws -> Result {
        try await RemoteConnection.with(
            Self.server(url, of: bucket, configuration),
            certificates: certificates(of: bucket, configuration), silenceMax: max(silenceMin, silenceMax()), body)
    }

    /// What is said of one bucket counts more than what is said of all, and an option more than either.
    ///
    /// - Parameter url: what `--url` says.
    static func server(
        _ url: String?, of bucket: ClientConfiguration.Bucket?, _ configuration: ClientConfiguration
    ) throws -> ServerURL {
        if url == nil, let server = bucket?.url { return server }
        // Not shown where it is wrong, for people put passwords into addresses.
        return try Setting("url", flag: url, isSecret: true)
            .value(expecting: "an address as \(ServerURL.local)", ServerURL.init) ?? configuration.url ?? .local
    }

    private func certificates(
        of bucket: ClientConfiguration.Bucket?, _ configuration: ClientConfiguration
    ) throws -> String? {
        if caFile == nil, let file = bucket?.caFile { return file }
        return try Setting("ca-file", flag: caFile).value(expecting: "a file") { $0 } ?? configuration.caFile
    }

    private func silenceMax() throws -> TimeAmount {
        try Setting("timeout", flag: timeout)
            .value(default: "1m", expecting: "a time as 30s, 5m or 1h") { text in
                let milliseconds = DurationText(text)?.milliseconds ?? 0
                return (1...86_400_000).contains(milliseconds) ? .milliseconds(milliseconds) : nil
            }
    }
}
