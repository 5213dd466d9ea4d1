import ArgumentParser

/// `kvick script delete BUCKET NAME`
struct DeleteScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a script.")

    @OptionGroup var script: ScriptArguments
    @OptionGroup var options: BucketOptions

    func run() async throws {
        try await options.withBucket(script.bucket) { bucket in
            try await ScriptManagement(bucket).delete(script.name.text)
        }
    }
}
