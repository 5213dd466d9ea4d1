import NIOCore
import Testing

@testable import HTTPServer

@Suite struct ResponseEncoderTests {
    private func encode(
        _ response: Response, isToHead: Bool = false, version: HTTPVersion = .http11, isPersistent: Bool = true
    ) -> (answer: Answer?, isPersistent: Bool, rest: ResponseEncoder.Rest) {
        var context = AnswerContext(isToHead: isToHead, version: version, isPersistent: isPersistent)
        var output = ByteBuffer()
        let shared = ByteBuffer(string: "Date: now\r\n")
        let rest = ResponseEncoder.encode(response, context: &context, shared: shared, into: &output)
        return (Answer(String(buffer: output)), context.isPersistent, rest)
    }

    @Test func `An answer is written with its length`() {
        let hello = Response(status: .ok, body: .bytes(ByteBuffer(string: "hello")))
        let answer = encode(hello).answer
        #expect(answer?.statusLine == "HTTP/1.1 200 OK")
        #expect(answer?.fields == ["Date: now", "Content-Length: 5"])
        #expect(answer?.body == "hello")
        #expect(encode(Response(status: .ok)).answer?.fields == ["Date: now", "Content-Length: 0"])
    }

    @Test(arguments: [0, 7, 10, 99, 100, 12_345, 16_384])
    func `A length is written in decimal digits`(length: Int) {
        let response = Response(status: .ok, body: .bytes(ByteBuffer(repeating: 120, count: length)))
        #expect(encode(response).answer?.field("Content-Length") == String(length))
    }

    @Test(arguments: [(String(repeating: "r", count: 5000), true), ("", true), ("a\r\nb", false)])
    func `A reason phrase is written whatever its length, and left out where it would end the line`(
        reason: String, isWritten: Bool
    ) {
        let answer = encode(Response(status: Status(code: 999, reason: reason))).answer
        #expect(answer?.statusLine == "HTTP/1.1 999 " + (isWritten ? reason : ""))
        #expect(answer?.fields == ["Date: now", "Content-Length: 0"])
    }

    @Test func `An answer to HEAD has the length of the body that it leaves out`() {
        let hello = Response(status: .ok, body: .bytes(ByteBuffer(string: "hello")))
        let answer = encode(hello, isToHead: true).answer
        #expect(answer?.field("Content-Length") == "5")
        #expect(answer?.body == "")
    }

    @Test(arguments: [Status(code: 204, reason: "No Content"), Status(code: 304, reason: "Not Modified")])
    func `An answer that can have no body has no length either`(status: Status) {
        let answer = encode(Response(status: status, body: .bytes(ByteBuffer(string: "x")))).answer
        #expect(answer?.fields == ["Date: now"])
        #expect(answer?.body == "")
    }

    @Test func `The connection's fate is stated where the version does not imply it`() {
        let response = Response(status: .ok)
        #expect(encode(response).answer?.field("Connection") == nil)
        #expect(encode(response, isPersistent: false).answer?.field("Connection") == "close")
        #expect(encode(response, version: .http10).answer?.field("Connection") == "keep-alive")
        #expect(encode(response, version: .http10, isPersistent: false).answer?.field("Connection") == "close")
    }

    @Test func `A stream of no known length is chunked, and for HTTP 1.0 ends with the connection`() {
        let stream = Response(status: .ok, body: .stream(TestStream(pieces: [])))
        let chunked = encode(stream)
        #expect(chunked.answer?.fields == ["Date: now", "Transfer-Encoding: chunked"])
        #expect(chunked.isPersistent)
        let old = encode(stream, version: .http10)
        #expect(old.answer?.fields == ["Date: now", "Connection: close"])
        #expect(!old.isPersistent)
    }

    @Test func `A large body is not copied`() {
        let body = ByteBuffer(repeating: 120, count: 100_000)
        let encoded = encode(Response(status: .ok, body: .bytes(body)))
        guard case .bytes(let rest) = encoded.rest else {
            Issue.record("copied")
            return
        }
        #expect(rest == body)
        #expect(encoded.answer?.body == "")
    }
}
