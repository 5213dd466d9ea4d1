import ArgumentParser

/// `kvick script delete BUCKET NAME`
struct DeleteScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a script.")

    @OptionGroup var script: ScriptArguments
    @OptionGroup var management: ManagementOptions

    func run() async throws {
        try await management.withScripts(of: script.bucket) { try await $0.delete(script.name.text) }
    }
}
