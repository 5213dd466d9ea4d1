import ArgumentParser

/// `KOT api PASSWORD`
struct ServeDatabases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Serve the databases of a folder over HTTP until told to stop (Ctrl-C, SIGTERM).",
        discussion: """
            Each limit can also be set by an environment variable: --key_lenght by KVICK_KOT_KEY_LENGHT, and so on; what \
            'kvick serve' knows besides, by its own variables, as KVICK_DURABILITY.
            """)

    @Argument(
        help: """
            What clients must show, with an empty user name. Better given as KVICK_KOT_PASSWORD, which other users of the \
            machine can't see.
            """)
    var password: String?

    @Option(help: ArgumentHelp("The address to listen on; 0.0.0.0 for all.", valueName: "address"))
    var host = "localhost"

    @Option(help: ArgumentHelp("The port to listen on; 0 for any that is free.", valueName: "port"))
    var port = "5000"

    @Option(help: ArgumentHelp("The folder that has the store, or will have.", valueName: "folder"))
    var folder = "."

    @OptionGroup(title: "Limits")
    var limits: KOTFlags

    func run() async throws {
        let kot = try KOTSettings(limits, password: Setting("kot-password", flag: password, isSecret: true), isRequired: true)
        // What an address of this name is, differs between systems; clients try this one in any case.
        let host = host == "localhost" ? "127.0.0.1" : host
        var settings = try ServerSettings(
            ServerFlags(host: host, port: port, data: storePath(in: folder)), kot: kot)
        settings.servesBuckets = false
        try await Server(settings).run()
    }
}
