import AsyncHTTPClient
import NIOCore

/// The lines of an answer as they come, one in memory at a time.
struct ResponseLines {
    /// A value of the largest kind, in base64 or with each byte escaped.
    private static let lineSizeMax = 512 << 20

    private let server: ServerURL
    private var pieces: HTTPClientResponse.Body.AsyncIterator
    private var piece = ByteBuffer()

    init(_ response: HTTPClientResponse, server: ServerURL) {
        self.server = server
        pieces = response.body.makeAsyncIterator()
    }

    /// The next line without its end; nil behind the last one.
    ///
    /// - Throws: a `CommandFailure`, also where the answer ends within a line.
    mutating func next() async throws -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            let view = piece.readableBytesView
            if let end = view.firstIndex(of: UInt8(ascii: "\n")) {
                line += view[..<end]
                piece.moveReaderIndex(to: end + 1)
                return line
            }
            line += view
            guard line.count <= Self.lineSizeMax else {
                throw CommandFailure("\(server) answers with an endless line; is it a KOT server?")
            }
            guard let next = try await nextPiece() else {
                guard line.isEmpty else { throw CommandFailure("the answer of \(server) was cut off; try again") }
                return nil
            }
            piece = next
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
