import ArgumentParser

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
        do {
            var command = try Kvick.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(with: error)
        }
    }

    /// Prints help where it was asked for, else one line that says what is wrong, and ends the process.
    private static func exit(with error: any Error) -> Never {
        let code = Kvick.exitCode(for: error)
        if code.isSuccess { Kvick.exit(withError: error) }
        let message = Kvick.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        StandardError.print("kvick: \(message)\n")
        Kvick.exit(withError: code)
    }
}

/// Lines for people, apart from what a command's output is.
enum StandardError {
    static func print(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
