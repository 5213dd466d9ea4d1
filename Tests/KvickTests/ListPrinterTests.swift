import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

@testable import kvick

@Suite struct ListPrinterTests {
    @Test(arguments: [true, false]) func aCharacterInTwoPiecesStaysOne(onTerminal isTerminal: Bool) async throws {
        let text = "grün\nblau\n"
        let bytes = Array(text.utf8)
        let (pieces, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        // Within the ü.
        continuation.yield(ByteBuffer(bytes: bytes[..<3]))
        continuation.yield(ByteBuffer(bytes: bytes[3...]))
        continuation.finish()
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let output = StandardOutput(file: OpenFile(descriptor: ends[1]), isTerminal: isTerminal)
        let printer = ListPrinter(.text, output)
        try await printer.page(HTTPClientResponse(body: .stream(pieces)), from: .local)
        try printer.end()
        close(ends[1])
        #expect(try OpenFile(descriptor: ends[0]).readAll(sizeMax: 1000) == bytes)
        close(ends[0])
    }
}
