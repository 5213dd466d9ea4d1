import ArgumentParser
import Logging
import LuaScripting

/// `kvick script test FILE [PARAM=VALUE …]`
struct TestScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run a script with no server, on a store that is thrown away.",
        discussion: """
            The bucket that it runs in has a secret key, a signing key, and what --with sets. The first answer that is an \
            error is the last. It is told as by 'run', with the file in the place of the script's name.
            """)

    @Argument(
        help: ArgumentHelp("The file of the script; - for standard input.", valueName: "file"),
        completion: .file(extensions: ["lua"]))
    var file: Name
    @OptionGroup var options: ScriptCallOptions
    @Option(help: ArgumentHelp("A key that is set before; give it again for another one.", valueName: "key=value"))
    var with: [Assignment] = []
    @Option(help: ArgumentHelp("How often it runs, each time with what the last one left.", valueName: "count"))
    var times = 1
    @Flag(inversion: .prefixedNo, help: "Print the keys that are left, as key = value. (default: on a terminal)")
    var keys: Bool?
    @OptionGroup var limits: ScriptLimitFlags

    func validate() throws {
        guard times >= 1 else { throw ValidationError("--times is \(times), but must be 1 or more") }
        guard file.text != "-" || options.body != "-" else {
            throw ValidationError("standard input can't be both the script and its body; give one as a file")
        }
    }

    func run() async throws {
        let source = try ScriptSource.read(file.text)
        let call = try options.call()
        let limits = try ScriptLimits(SettingSources(flags: limits.given))
        let logger = Logger(label: "kvick") { _ in SwiftLogNoOpLogHandler() }
        // Signals are caught before there is a folder that they would leave behind.
        try await StopSignal(logger).cancelling {
            let file = file.text == "-" ? "standard input" : file.text
            try await ThrowawayBucket.with(script: source, file: file, limits: limits, logger: logger) { bucket in
                for key in with { try await bucket.set(key) }
                try await run(call, in: bucket)
            }
        }
    }

    private func run(_ call: ScriptCall, in bucket: ThrowawayBucket) async throws {
        let output = StandardOutput()
        var failure: CommandFailure?
        for _ in 0..<times where failure == nil {
            guard !Task.isCancelled else { throw CommandFailure("stopped by a signal") }
            let reply = try await bucket.run(call)
            try output.startLine()
            try reply.print(to: output, includingHead: options.include)
            failure = bucket.failure(reply, includingHead: options.include)
        }
        if keys ?? StandardOutput.isTerminal {
            try output.startLine()
            for line in try await bucket.keys() { try output.write(line + "\n") }
            try output.flush()
        }
        if let failure { throw failure }
    }
}
