import Benchmark
import HTTPServer
import NIOCore

/// From bytes to a head and its body, and from an answer to bytes.
func registerCodecBenchmarks() {
    Benchmark("Codec: parse the head of a GET") { benchmark in
        var parser = RequestHeadParser(maximumSize: Messages.maxHeadSize)
        for _ in benchmark.scaledIterations {
            var input = Messages.get
            try parseHead(&input, with: &parser)
        }
    }

    Benchmark("Codec: parse 16 pipelined GETs") { benchmark in
        var parser = RequestHeadParser(maximumSize: Messages.maxHeadSize)
        for _ in benchmark.scaledIterations {
            var input = Messages.pipeline
            for _ in 0..<16 { try parseHead(&input, with: &parser) }
        }
    }

    Benchmark("Codec: parse a PUT with its body") { benchmark in
        var parser = RequestHeadParser(maximumSize: Messages.maxHeadSize)
        for _ in benchmark.scaledIterations {
            var input = Messages.put
            try parseHead(&input, with: &parser)
            var decoder = BodyDecoder(length: Messages.bodySize)
            try decodeBody(&input, with: &decoder)
        }
    }

    Benchmark("Codec: parse a PUT with a body in 4 chunks") { benchmark in
        var parser = RequestHeadParser(maximumSize: Messages.maxHeadSize)
        for _ in benchmark.scaledIterations {
            var input = Messages.chunkedPut
            try parseHead(&input, with: &parser)
            var decoder = BodyDecoder(
                chunked: ChunkedDecoder(sizeLimit: 16 << 10, maximumTrailerSize: Messages.maxHeadSize))
            try decodeBody(&input, with: &decoder)
        }
    }

    Benchmark("Codec: encode an answer") { benchmark in
        var output = ByteBuffer()
        for _ in benchmark.scaledIterations {
            output.clear()
            var context = AnswerContext(isToHead: false, version: .http11, isPersistent: true, isToSafeRequest: true)
            let rest = ResponseEncoder.encode(
                Messages.answer, context: &context, shared: Messages.sharedFields, into: &output)
            guard case .nothing = rest else { throw UnexpectedOutcome(what: "an answer that is not whole") }
            blackHole(output)
        }
    }
}

private func parseHead(_ input: inout ByteBuffer, with parser: inout RequestHeadParser) throws {
    guard let head = try parser.parse(&input) else { throw UnexpectedOutcome(what: "a head that is not whole") }
    blackHole(head)
}

private func decodeBody(_ input: inout ByteBuffer, with decoder: inout BodyDecoder) throws {
    guard case .complete(let body) = try decoder.decode(&input), body.readableBytes == Messages.bodySize else {
        throw UnexpectedOutcome(what: "a body that is not whole")
    }
    blackHole(body)
}

/// What goes over the wire.
private enum Messages {
    /// As the server has it.
    static let maxHeadSize = 32 << 10

    static let bodySize = body.utf8.count
    /// Of 256 bytes.
    private static let body = String(repeating: #"{"name":"value"} "#, count: 15) + "x"

    static let get = ByteBuffer(string: "GET /4fJ2kX9s/user:1234 HTTP/1.1\r\n" + commonFields + "\r\n")
    static let pipeline = ByteBuffer(bytes: repeatElement(get.readableBytesView, count: 16).joined())
    static let put = ByteBuffer(string: putHead + "Content-Length: \(bodySize)\r\n\r\n" + body)
    static let chunkedPut = ByteBuffer(
        string: putHead + "Transfer-Encoding: chunked\r\n\r\n" + inChunks(body, count: 4))

    /// Of 100 bytes of text, as a key's value is answered.
    static let answer = {
        var headers = ResponseHeaders(
            prepared: PreparedHeaders([
                ("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
                ("Content-Security-Policy", "sandbox"),
            ]))
        headers.add(entityTag: 123_456)
        return Response(
            status: .ok, headers: headers, body: .bytes(ByteBuffer(string: String(repeating: "v", count: 100))))
    }()
    /// Those of every answer.
    static let sharedFields = ByteBuffer(
        string: "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nAccess-Control-Allow-Origin: *\r\n")

    private static let commonFields = """
        Host: localhost:8080\r
        User-Agent: curl/8.5.0\r
        Accept: */*\r
        Accept-Encoding: gzip, deflate\r
        Authorization: Basic c2VjcmV0Og==\r

        """
    private static let putHead =
        "PUT /4fJ2kX9s/user:1234 HTTP/1.1\r\n" + commonFields + "Content-Type: application/json\r\n"

    private static func inChunks(_ body: String, count: Int) -> String {
        var rest = Substring(body)
        var text = ""
        while !rest.isEmpty {
            let chunk = rest.prefix(bodySize / count)
            text += String(chunk.utf8.count, radix: 16) + "\r\n" + chunk + "\r\n"
            rest = rest.dropFirst(chunk.count)
        }
        return text + "0\r\n\r\n"
    }
}
