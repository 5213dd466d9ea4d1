import ArgumentParser

/// `kvick delete BUCKET KEY…`
struct DeleteKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete keys.",
        discussion: """
            Each on its own: where a key is not there, the others are deleted nevertheless, and the exit code is 2. To delete \
            all or none, see 'kvick txn'; a whole bucket, 'kvick bucket delete'.
            """)

    @OptionGroup var bucket: BucketArgument
    @Argument(help: "The keys.") var key: [KeyName]
    @OptionGroup var condition: VersionOption
    @OptionGroup var options: BucketOptions

    func validate() throws {
        for key in key { try key.check() }
        guard condition.ifVersion == nil || key.count <= 1 else {
            throw ValidationError("--if-version is the version of one key; give one KEY")
        }
    }

    func run() async throws {
        try await options.withBucket(bucket) { bucket in
            var missing: CommandFailure?
            for key in key.map(\.text) {
                var request = bucket.request(.DELETE, key: key)
                condition.apply(to: &request)
                let response = try await bucket.send(request)
                guard !response.isSuccess else { continue }
                let failure = await bucket.failure(response, key: key)
                // All others are of the bucket, the credential or the server.
                guard response.status == .notFound else { throw failure }
                if let missing { StandardError.print("kvick: \(missing)\n") }
                missing = failure
            }
            if let missing { throw missing }
        }
    }
}
