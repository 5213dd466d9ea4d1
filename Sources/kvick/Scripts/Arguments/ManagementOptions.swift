import ArgumentParser

/// How a command reaches what is only for those who have a bucket's secret key.
struct ManagementOptions: ParsableArguments {
    @OptionGroup var server: ServerOption

    @Option(
        help: """
            The bucket's secret key. Better given as KVICK_KEY, which other users of the machine can't see, or typed where a \
            terminal asks for it.
            """)
    var key: String?

    /// Calls `body` with the scripts of `bucket`.
    func withScripts<Result>(
        of bucket: BucketArgument, _ body: (ScriptManagement) async throws -> Result
    ) async throws -> Result {
        let key: String? = try Setting("key", flag: key, isSecret: true).value(expecting: "a key") { $0 }
        return try await RemoteConnection.with(server.url()) { connection in
            try await body(ScriptManagement(connection: connection, bucket: bucket.bucket.text, key: key))
        }
    }
}
