import ArgumentParser

/// `KOT web PASSWORD`
struct ServeWeb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "web",
        abstract: "Serve the databases of a folder, with a page for the browser, until told to stop (Ctrl-C, SIGTERM).",
        discussion: ServerOptions.discussion)

    @OptionGroup var options: ServerOptions

    func run() async throws {
        var settings = try options.settings()
        settings.servesPage = true
        try await Server(settings).run()
    }
}
