import ArgumentParser

/// `KOT api PASSWORD`
struct ServeDatabases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Serve the databases of a folder over HTTP until told to stop (Ctrl-C, SIGTERM).",
        discussion: ServerOptions.discussion)

    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await Server(try options.settings()).run()
    }
}
