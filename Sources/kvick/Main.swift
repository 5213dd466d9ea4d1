import ArgumentParser
import Logging
import Operations

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@main
enum Main {
    static func main() async {
        // Where nobody reads any longer a write fails, and the command ends in good order.
        signal(SIGPIPE, SIG_IGN)
        let invocation = Invocation.current
        do {
            try invocation.check()
            var command = try invocation.root.parseAsRoot(invocation.arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(invocation, with: error)
        }
    }

    /// Prints help where it was asked for, else one line that says what is wrong, and ends the process.
    private static func exit(_ invocation: Invocation, with error: any Error) -> Never {
        let root = invocation.root
        // KOT's commands have one code for all that they could not do.
        let failure = invocation.isKOT ? nil : error as? CommandFailure
        let code = failure?.exitCode ?? root.exitCode(for: error)
        if code.isSuccess { root.exit(withError: error) }
        let message = root.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        let advice = code == .validationFailure ? ParserAdvice(message, full: root.fullMessage(for: error))?.line : nil
        if !message.isEmpty { StandardError.report(.error, advice ?? message, by: invocation.name) }
        root.exit(withError: code)
    }
}

/// Lines for people, apart from what a command's output is.
enum StandardError {
    /// - Parameter text: whose names of keys and files may be anybody's.
    static func print(_ text: String) {
        printUnfiltered(TerminalText.filtered(text))
    }

    /// A line that says who speaks. systemd's journal, where that reads, is told the level.
    static func report(_ level: Logger.Level, _ line: String, by name: String = "kvick") {
        print("\(JournalStream.takes(STDERR_FILENO) ? JournalStream.mark(level) : "")\(name): \(line)\n")
    }

    /// As `print`, for text of the program's own, which may move the terminal's cursor.
    static func printUnfiltered(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
