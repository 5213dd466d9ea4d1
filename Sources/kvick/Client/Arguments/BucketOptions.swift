import ArgumentParser

/// How a command reaches a bucket, and what it shows there.
struct BucketOptions: ParsableArguments {
    @OptionGroup var server: ServerOption

    @Option(
        help: """
            A key of the bucket, or an access token. Better given as KVICK_KEY, which other users of the machine can't see.
            """)
    var key: String?

    /// Calls `body` with a connection to `bucket`.
    func withBucket<Result>(
        _ bucket: BucketArgument, _ body: (BucketConnection) async throws -> Result
    ) async throws -> Result {
        let key: String? = try Setting("key", flag: key, isSecret: true).value(expecting: "a key") { $0 }
        return try await RemoteConnection.with(server.url()) { connection in
            try await body(BucketConnection(connection, id: bucket.bucket.text, key: key))
        }
    }
}
