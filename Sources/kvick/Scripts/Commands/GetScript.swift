import ArgumentParser

/// `kvick script get BUCKET NAME`
struct GetScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Print a script's source.")

    @OptionGroup var script: ScriptArguments
    @OptionGroup var management: ManagementOptions

    func run() async throws {
        let source = try await management.withScripts(of: script.bucket) { try await $0.source(of: script.name.text) }
        let output = StandardOutput()
        try output.write(source)
        try output.flush()
    }
}
