import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Asks for what must not be seen, on the terminal that the process was started from.
enum SecretPrompt {
    private static let sizeMax = 4096
    private static let interrupt: UInt8 = 0x03

    /// - Returns: what was typed, without its line end and without a trace on the screen; nil where there is no terminal.
    /// - Throws: a `CommandFailure` where nothing was typed, an `ExitCode` for the interrupt key.
    static func ask(_ question: String) throws -> String? {
        // Not standard input, which may be what a command reads.
        let descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let terminal = OpenFile(descriptor: descriptor)
        do {
            let line = try withoutEcho(terminal) { () throws(SystemError) in
                try terminal.writeAll(Array(TerminalText.filtered(question).utf8))
                let line = try terminal.readPiece(sizeMax: sizeMax)
                try terminal.writeAll([UInt8(ascii: "\n")])
                return line
            }
            let text = String(decoding: line, as: UTF8.self).prefix { !$0.isNewline }
            // As a shell tells of the signal that the key is elsewhere.
            guard !line.contains(interrupt) else { throw ExitCode(128 + SIGINT) }
            guard !text.isEmpty else { throw CommandFailure("nothing was typed") }
            return String(text)
        } catch let error as SystemError {
            throw CommandFailure("the terminal can't be asked: \(error)")
        }
    }

    private static func withoutEcho(
        _ terminal: OpenFile, _ body: () throws(SystemError) -> ArraySlice<UInt8>
    ) throws(SystemError) -> ArraySlice<UInt8> {
        var settings = termios()
        guard tcgetattr(terminal.descriptor, &settings) == 0 else { throw .last }
        var silent = settings
        // The interrupt key ends the line instead of the process, which would leave the terminal without its echo.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VEOL)] = interrupt }
        guard tcsetattr(terminal.descriptor, TCSAFLUSH, &silent) == 0 else { throw .last }
        defer { tcsetattr(terminal.descriptor, TCSAFLUSH, &settings) }
        return try body()
    }
}
