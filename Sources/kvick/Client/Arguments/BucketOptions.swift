import ArgumentParser
import NIOCore

/// How a command reaches a bucket, and what it shows there.
struct BucketOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions

    @Option(
        help: """
            A key of the bucket, or an access token. Better given as KVICK_KEY or in the client's file, which other users of \
            the machine can't see, or typed where a terminal asks for it.
            """)
    var key: String?

    /// Calls `body` with a connection to `bucket`.
    ///
    /// - Parameter silenceMin: how long the server may be silent in any case.
    /// - Throws: a `ValidationError` where the credential can't be one, before anything is sent.
    func withBucket<Result>(
        _ bucket: BucketArgument, silenceMin: TimeAmount = .zero, _ body: (BucketConnection) async throws -> Result
    ) async throws -> Result {
        let file = ClientConfigurationFile.current
        let configuration = try file?.read() ?? ClientConfiguration()
        let saved = configuration.bucket(named: bucket.bucket.text)
        let server = try ConnectionOptions.server(connection.url, of: saved, configuration)
        let savedKey = saved.flatMap { SavedKey(of: $0, in: configuration, path: file?.path) }
        let credential = credential(savedKey, for: server)
        if let credential, Setting.line(credential.text) == nil {
            throw ValidationError("\(credential.source) must be one line without control characters")
        }
        return try await connection.withConnection(to: saved, configuration, silenceMin: silenceMin) { connection in
            try await body(
                BucketConnection(
                    connection, bucket: bucket.bucket.text, id: saved?.id ?? bucket.bucket.text,
                    savedNames: configuration.buckets.map(\.name), credential: credential,
                    withheld: savedKey?.refusal(for: server)))
        }
    }

    /// What is said of one bucket counts more than what is said of all. An empty `--key` is none.
    private func credential(_ saved: SavedKey?, for server: ServerURL) -> Setting.Given? {
        if let key { return key.isEmpty ? nil : Setting.Given(text: key, source: "--key") }
        return saved?.credential(for: server) ?? Environment.given(Environment.variable(of: "key"))
    }
}
