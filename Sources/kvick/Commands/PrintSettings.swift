import ArgumentParser

/// `kvick config`
struct PrintSettings: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print the settings that 'kvick serve' would run with, and where each is from.",
        discussion: """
            It takes the options of 'kvick serve' and reads the same variables and the same file. What it prints is such a file, \
            wherever that is put, for paths are absolute; but for secrets, which it never shows.

            With --check it looks whether a server could start with them, also beside one that runs: the certificate and its key, \
            the folder of the store, the address. Ask as the user that the server has. What is wrong is told on a line each, and \
            the exit code is 0 only where nothing is.
            """)

    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Look whether a server could start, and print no settings.") var check = false
    @OptionGroup(title: "Settings") var flags: ServerFlags

    func validate() throws {
        guard !check || !json else { throw ValidationError("--check prints no settings; leave out --json") }
    }

    func run() async throws {
        let sources = try flags.sources()
        let settings = try ServerSettings(sources)
        let output = StandardOutput()
        if check {
            if let warning = sources.warning { StandardError.report(.warning, warning) }
            let faults = await ServerCheck(settings: settings).faults()
            for fault in faults { StandardError.report(.error, fault) }
            guard faults.isEmpty else { throw ExitCode.failure }
            try output.write("the settings are good\n")
        } else if json {
            try output.write(EffectiveSettings.json(sources.effective) + [UInt8(ascii: "\n")])
        } else {
            try output.write(EffectiveSettings.yaml(sources.effective))
        }
        try output.flush()
    }
}
