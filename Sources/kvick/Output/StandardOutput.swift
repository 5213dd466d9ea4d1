import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a command answers, buffered on its way to standard output.
final class StandardOutput {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private static let bufferSizeMax = 64 << 10
    private let file: OpenFile
    /// Whether what is written must not be able to steer a terminal.
    let isTerminal: Bool
    private var buffer: [UInt8] = []
    private var isAtLineStart = true

    init(file: OpenFile = OpenFile(descriptor: STDOUT_FILENO), isTerminal: Bool = StandardOutput.isTerminal) {
        self.file = file
        self.isTerminal = isTerminal
    }

    func write(_ bytes: some Sequence<UInt8>) throws {
        try writeUnfiltered(isTerminal ? TerminalText.filtered(Array(bytes)) : Array(bytes))
    }

    /// As `write`, for text of the program's own, which may colour a terminal.
    func writeUnfiltered(_ bytes: [UInt8]) throws {
        buffer += bytes
        if let last = bytes.last { isAtLineStart = last == UInt8(ascii: "\n") }
        if buffer.count >= Self.bufferSizeMax { try flush() }
    }

    func write(_ text: String) throws {
        try write(text.utf8)
    }

    /// Ends the line that was begun, if any.
    func startLine() throws {
        if !isAtLineStart { try write("\n") }
    }

    /// - Throws: an `ExitCode` where nobody reads any longer, as behind `| head`.
    func flush() throws {
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        do {
            try file.writeAll(bytes)
        } catch  where error.code == EPIPE {
            throw ExitCode.failure
        } catch {
            throw CommandFailure("the output can't be written: \(error)")
        }
    }
}
