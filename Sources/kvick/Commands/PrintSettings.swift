import ArgumentParser

/// `kvick config`
struct PrintSettings: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print the settings that 'kvick serve' would run with, and where each is from.",
        discussion: """
            It takes the options of 'kvick serve' and reads the same variables and the same file. What it prints is such a file, \
            but for secrets, which it never shows.
            """)

    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var flags: ServerFlags

    func run() throws {
        let sources = try flags.sources()
        _ = try ServerSettings(sources)
        let output = StandardOutput()
        if json {
            try output.write(EffectiveSettings.json(sources.effective) + [UInt8(ascii: "\n")])
        } else {
            try output.write(EffectiveSettings.yaml(sources.effective))
        }
        try output.flush()
    }
}
