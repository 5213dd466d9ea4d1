import NIOCore
import Testing

@testable import HTTPServer

/// What became of bytes given to a decoder.
enum ChunkedOutcome: Equatable {
    case body(String, taken: Int)
    case incomplete
    case tooLarge
    case failure(ProtocolFailure)

    /// Decodes bytes in pieces of `size`.
    init(_ bytes: [UInt8], piecesOf size: Int, limit: Int = 1_000_000) {
        var decoder = ChunkedDecoder(sizeLimit: limit, maximumTrailerSize: 200)
        var input = ByteBuffer()
        var given = 0
        do throws(ProtocolFailure) {
            while given < bytes.count {
                let next = min(given + size, bytes.count)
                input.writeBytes(bytes[given..<next])
                given = next
                switch try decoder.decode(&input) {
                case .incomplete: continue
                case .tooLarge:
                    self = .tooLarge
                    return
                case .complete:
                    self = .body(String(buffer: decoder.body), taken: given - input.readableBytes)
                    return
                }
            }
            self = .incomplete
        } catch {
            self = .failure(error)
        }
    }

    /// Decodes text at once and byte by byte; nil where the two outcomes differ.
    static func both(_ text: String, limit: Int = 1_000_000) -> ChunkedOutcome? {
        let bytes = Array(text.utf8)
        let whole = ChunkedOutcome(bytes, piecesOf: max(bytes.count, 1), limit: limit)
        return whole == ChunkedOutcome(bytes, piecesOf: 1, limit: limit) ? whole : nil
    }
}

@Suite struct ChunkedDecoderTests {
    @Test(arguments: [
        ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("A\r\n0123456789\r\n00\r\n\r\n", "0123456789"),
        ("000000000000005\r\nhello\r\n0\r\n\r\n", "hello"), ("2;a\r\nhi\r\n0;b=c\r\n\r\n", "hi"),
        ("2;a=\"b;c\";d\r\nhi\r\n0\r\n\r\n", "hi"), ("2 \t;a\r\nhi\r\n0\r\n\r\n", "hi"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("0\r\na: b\r\nc:\r\n\r\n", ""), ("2 ; a = b\t; c = \"\\\"; \u{e4}\"\r\nhi\r\n0;d\r\n\r\n", "hi"),
    ])
    func `Chunks are joined`(text: String, body: String) {
        #expect(ChunkedOutcome.both(text) == .body(body, taken: text.utf8.count))
        #expect(ChunkedOutcome.both(text + "GET /") == .body(body, taken: text.utf8.count))
        for count in 0..<text.utf8.count {
            #expect(ChunkedOutcome(Array(text.utf8.prefix(count)), piecesOf: 3) == .incomplete)
        }
    }

    @Test(arguments: [
        "\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\n", "1\r\r\n", "1\rx", "1;a\n",
        "1;a\0\r\n",
        "1;a\rb\r\n", "1 a\r\n", "5\r\nhello0\r\n", "5\r\nhellox\r\n", "5\r\nhello\n0\r\n", "5\r\nhello\rx",
        "2\r\nhello",
        "0000000000000005\r\n", "ffffffffffffffff\r\n", "7fffffffffffffff\r\n", "10000000000000000\r\n", ";a\r\n",
    ])
    func `Malformed chunks are rejected`(text: String) {
        #expect(ChunkedOutcome.both(text) == .failure(.malformedChunk))
        #expect(ProtocolFailure.malformedChunk.status == .badRequest)
    }

    @Test(arguments: [
        ";", " ;", "; ", ";=b", ";a=", ";a= ", ";a;", ";;a", ";a b", ";a b=c", ";a=b c", ";a,b", ";a=b=c", ";a\u{e4}",
        ";a=\u{e4}", ";a=\"b", ";a=\"b\"c", ";a=\"b\\\"", ";a=\"\0\"", ";a=\"\\\u{7f}\"", ";a ", ";a=b ", ";a=\"b\" ",
        "\t",
    ])
    func `Malformed chunk extensions are rejected`(extensions: String) {
        #expect(ChunkedOutcome.both("2\(extensions)\r\nhi\r\n0\r\n\r\n") == .failure(.malformedChunk))
        #expect(ChunkedOutcome.both("2\r\nhi\r\n0\(extensions)\r\n\r\n") == .failure(.malformedChunk))
    }

    @Test(arguments: [
        ("a : b\r\n", ProtocolFailure.malformedField), (" a: b\r\n", .foldedField), ("a\r\n", .malformedField),
        ("a: b\n", .malformedLineEnd), ("\n", .malformedLineEnd), ("a: \0\r\n", .malformedField),
        (": b\r\n", .malformedField), ("content-LENGTH: 0\r\n", .framingInTrailers),
        ("a: b\r\nTransfer-Encoding:chunked\r\n", .framingInTrailers),
    ])
    func `Trailer fields keep to the rules of header fields`(trailer: String, failure: ProtocolFailure) {
        #expect(ChunkedOutcome.both("0\r\n\(trailer)\r\n") == .failure(failure))
    }

    @Test func `Trailer fields are bounded together`() {
        let field = "a: " + String(repeating: "b", count: 60) + "\r\n"
        #expect(ChunkedOutcome.both("0\r\n" + field + field + "\r\n") == .body("", taken: 2 * field.utf8.count + 5))
        let many = "0\r\n" + field + field + field + field + "\r\n"
        #expect(ChunkedOutcome.both(many) == .failure(.headTooLarge))
        #expect(ChunkedOutcome.both("0\r\na: " + String(repeating: "b", count: 300)) == .failure(.headTooLarge))
    }

    @Test func `A chunk past the limit is told as soon as its size is known`() {
        #expect(ChunkedOutcome.both("5\r\nhello\r\n0\r\n\r\n", limit: 5) == .body("hello", taken: 15))
        #expect(ChunkedOutcome.both("6\r\n", limit: 5) == .tooLarge)
        #expect(ChunkedOutcome.both("5\r\nhello\r\n1\r\n", limit: 5) == .tooLarge)
        #expect(ChunkedOutcome.both("fffffffffffffff\r\n", limit: 5) == .tooLarge)
        #expect(ChunkedOutcome.both("0\r\n\r\n", limit: 0) == .body("", taken: 5))
    }

    @Test func `Extensions are bounded over the whole body`() {
        let one = "1;" + String(repeating: "e", count: 600) + "\r\nx\r\n"
        #expect(ChunkedOutcome.both(one + "0\r\n\r\n") == .body("x", taken: one.utf8.count + 5))
        #expect(ChunkedOutcome.both(one + one) == .failure(.excessiveChunkOverhead))
        let spaces = "1" + String(repeating: " ", count: 2000)
        #expect(ChunkedOutcome.both(spaces) == .failure(.excessiveChunkOverhead))
    }

    @Test func `Small chunks are taken but not with sizes that are padded over and over`() {
        let small = String(repeating: "1\r\nx\r\n", count: 20_000) + "0\r\n\r\n"
        #expect(
            ChunkedOutcome(Array(small.utf8), piecesOf: 7)
                == .body(String(repeating: "x", count: 20_000), taken: 120_005))
        let padded = String(repeating: "000000000000001\r\nx\r\n", count: 20_000)
        #expect(ChunkedOutcome(Array(padded.utf8), piecesOf: 7) == .failure(.excessiveChunkOverhead))
    }
}
