import ArgumentParser

/// `kvick bucket delete BUCKET`
struct DeleteBucket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a bucket with all that is in it.",
        discussion: "It needs the secret key. Nothing brings the bucket back.")

    @OptionGroup var bucket: BucketArgument
    @Flag(help: "Do not ask whether it is meant, which only a terminal can be asked.") var yes = false
    @OptionGroup var options: BucketOptions

    func run() async throws {
        guard yes || Confirmation.isPossible else {
            throw ValidationError("this deletes the bucket with all that is in it; give --yes to say that it is meant")
        }
        try await options.withBucket(bucket) { bucket in
            if !yes { try confirm(bucket) }
            _ = try await bucket.succeed(bucket.request(.DELETE), .secretKey)
            if bucket.id != bucket.bucket, let file = ClientConfigurationFile.current {
                StandardError.print(
                    "\(bucket.bucket) is deleted; \(file.path) still has its name, which 'kvick bucket forget' takes out\n"
                )
            }
        }
    }

    private func confirm(_ bucket: BucketConnection) throws {
        let name = bucket.id == bucket.bucket ? bucket.id : "\(bucket.bucket) (\(bucket.id))"
        guard Confirmation.ask("Delete \(name) on \(bucket.connection.server) with all that is in it?") else {
            throw CommandFailure("nothing was deleted")
        }
    }
}
