import AsyncHTTPClient
import NIOCore

/// The lines of an answer as they come, few in memory at a time.
struct ResponseLines {
    private let server: ServerURL
    private var pieces: HTTPClientResponse.Body.AsyncIterator
    private var lines = LineSplitter()

    init(_ response: HTTPClientResponse, server: ServerURL) {
        self.server = server
        pieces = response.body.makeAsyncIterator()
    }

    /// The next line without its end.
    ///
    /// - Throws: a `CommandFailure`, also where there is none: an answer in lines tells its end by a line.
    mutating func next() async throws -> [UInt8] {
        while true {
            if let line = try lines.next() { return line }
            guard let piece = try await nextPiece() else {
                throw CommandFailure("the answer of \(server) was cut off; try again")
            }
            lines.append(piece.readableBytesView)
        }
    }

    private mutating func nextPiece() async throws -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            throw ConnectionFailure.failure(error, server: server)
        }
    }
}
