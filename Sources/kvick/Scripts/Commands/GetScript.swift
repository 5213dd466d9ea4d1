import ArgumentParser

/// `kvick script get BUCKET NAME`
struct GetScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Print a script's source.")

    @OptionGroup var script: ScriptArguments
    @OptionGroup var options: BucketOptions

    func run() async throws {
        let source = try await options.withBucket(script.bucket) { bucket in
            try await ScriptManagement(bucket).source(of: script.name.text)
        }
        let output = StandardOutput()
        try output.write(source)
        try output.flush()
    }
}
