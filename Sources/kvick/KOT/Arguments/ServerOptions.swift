import ArgumentParser

/// What `KOT api` and `KOT web` have in common.
struct ServerOptions: ParsableArguments {
    static let discussion = """
        Each limit can also be set by an environment variable: --key_lenght by KVICK_KOT_KEY_LENGHT, and so on; what \
        'kvick serve' knows besides, by its own variables, as KVICK_DURABILITY.
        """

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

    /// What is unsafe about them standard error says.
    ///
    /// - Throws: a `ValidationError` of one line, which names the flag or the variable.
    func settings() throws -> ServerSettings {
        // What an address of this name is, differs between systems; clients try this one in any case.
        let host = host == "localhost" ? "127.0.0.1" : host
        var flags = limits.given
        flags["host"] = host
        flags["port"] = port
        flags["data"] = storePath(in: folder)
        flags["kot-password"] = password
        let sources = try SettingSources(flags: flags)
        var settings = try ServerSettings(sources, needsPassword: true)
        if let warning = sources.warning { StandardError.report(.warning, warning) }
        settings.servesBuckets = false
        return settings
    }
}
