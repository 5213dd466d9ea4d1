import ArgumentParser

/// The bucket that a command is about.
struct BucketArgument: ParsableArguments {
    @Argument(help: "The bucket's id.") var bucket: Name

    func validate() throws {
        guard !bucket.text.contains("/") else {
            throw ValidationError("BUCKET is a bucket's id alone; give its server with --server, as \(ServerURL.local)")
        }
    }
}

/// The script that a command is about.
struct ScriptArguments: ParsableArguments {
    @OptionGroup var bucket: BucketArgument
    @Argument(help: "The script's name.") var name: Name
}
