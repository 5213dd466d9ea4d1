import ArgumentParser

/// The bucket that a command is about.
struct BucketArgument: ParsableArguments {
    @Argument(
        help: "The bucket: its id, or its name in the client's file.",
        completion: .custom { _, _, _ in ClientConfigurationFile.bucketNames })
    var bucket: Name

    func validate() throws {
        guard !bucket.text.contains("/") else {
            throw ValidationError("BUCKET is a bucket's id alone; give its server with --url, as \(ServerURL.local)")
        }
    }
}
