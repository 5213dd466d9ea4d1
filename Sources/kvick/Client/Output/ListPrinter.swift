import AsyncHTTPClient
import HTTPAPI
import NIOCore

/// Prints a list of keys, page for page as it comes, with no more of it in memory than a line.
final class ListPrinter {
    enum Form {
        /// As the server writes it: a line for each key.
        case text
        /// The same for a terminal, on which keys stand out beside their values.
        case styled
        /// JSON, a line for each key.
        case lines
        /// One JSON array.
        case array

        /// What the server is asked for.
        var format: String { self == .text ? "text" : "jsonl" }
    }

    private let form: Form
    private let output: StandardOutput
    private var isEmpty = true

    init(_ form: Form, _ output: StandardOutput) {
        self.form = form
        self.output = output
    }

    /// - Throws: a `CommandFailure`, also where the page is cut off.
    func page(_ response: HTTPClientResponse, from server: ServerURL) async throws {
        var lines = LineSplitter()
        var pieces = response.body.makeAsyncIterator()
        while let piece = try await Self.next(&pieces, server) {
            // A terminal is shown whole lines, for a piece may end within a character.
            guard form == .styled || form == .array || output.isTerminal else {
                try output.write(piece.readableBytesView)
                continue
            }
            lines.append(piece.readableBytesView)
            while let line = try lines.next() { try print(line) }
        }
        try output.flush()
    }

    func end() throws {
        if form == .array { try output.write(isEmpty ? "[]\n" : "]\n") }
        try output.flush()
    }

    private static func next(
        _ pieces: inout HTTPClientResponse.Body.AsyncIterator, _ server: ServerURL
    ) async throws -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            throw ConnectionFailure.failure(error, server: server)
        }
    }

    private func print(_ line: [UInt8]) throws {
        switch form {
        case .array:
            try output.write(isEmpty ? "[" : ",")
            try output.write(line)
        case .text, .lines:
            try output.write(line + [UInt8(ascii: "\n")])
        case .styled:
            let parts = try JSONText.elements(of: line[...])?.map(JSONText.plain) ?? []
            guard parts.count == 2 else {
                throw CommandFailure("the server's list can't be read; is it a Kvick server?")
            }
            try output.writeUnfiltered(
                Array("\(TerminalStyle.bold(parts[0]))=\(TerminalText.filtered(parts[1]))\n".utf8))
        }
        isEmpty = false
    }
}
