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
        let credential = try credential(of: saved, configuration, in: file)
        if let credential, Setting.line(credential.text) == nil {
            throw ValidationError("\(credential.source) must be one line without control characters")
        }
        return try await connection.withConnection(to: saved, configuration, silenceMin: silenceMin) { connection in
            try await body(
                BucketConnection(
                    connection, bucket: bucket.bucket.text, id: saved?.id ?? bucket.bucket.text,
                    savedNames: configuration.buckets.map(\.name), credential: credential))
        }
    }

    /// What is said of one bucket counts more than what is said of all. An empty `--key` is none. A saved key is only for the
    /// server that it was saved with.
    private func credential(
        of bucket: ClientConfiguration.Bucket?, _ configuration: ClientConfiguration, in file: ClientConfigurationFile?
    ) throws -> Setting.Given? {
        if let key { return key.isEmpty ? nil : Setting.Given(text: key, source: "--key") }
        let own = try ConnectionOptions.server(nil, of: bucket, configuration).description
        if let bucket, let key = bucket.key,
            connection.url == nil || connection.url.flatMap({ ServerURL($0)?.description }) == own
        {
            return Setting.Given(
                text: key, source: "the key of \(bucket.name) in \(file?.path ?? "the client's file")")
        }
        return Environment.given(Environment.variable(of: "key"))
    }
}
