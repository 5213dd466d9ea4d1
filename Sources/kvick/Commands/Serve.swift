import ArgumentParser

/// `kvick serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve buckets and keys over HTTP until told to stop (Ctrl-C, SIGTERM).",
        discussion: """
            Each option can also be set by an environment variable: --max-key-size by KVICK_MAX_KEY_SIZE, and so on; or in the \
            file that --config names, as max-key-size: 1KiB. An option wins over its variable, and that over the file; \
            'kvick config' prints what holds. Sizes are written as 128B, 16KiB, 256MiB or 2GiB.

            A write that was answered with 200 is on disk. With --durability relaxed it is there about a second later, \
            which suits a cache: a crash of the machine loses what came since.

            SIGHUP has the files of --tls-cert and --tls-key read anew.
            """
    )

    @OptionGroup(title: "Settings") var flags: ServerFlags

    func run() async throws {
        let sources = try flags.sources()
        let settings = try ServerSettings(sources)
        if let warning = sources.warning { StandardError.report(.warning, warning) }
        try await Server(settings).run()
    }
}
