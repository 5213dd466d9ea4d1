import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

@Suite struct AnswerTests {
    @Test func `Every answer has the date and the common fields, also one to a failure`() throws {
        var configuration = ServerConfiguration()
        configuration.commonHeaders = PreparedHeaders([("X-Common", "1")])
        let connection = try EmbeddedConnection(configuration: configuration)
        let good = try Answer(connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        let bad = try Answer(connection.send("GET / HTTP/1.1\r\n\r\n"))
        for answer in [good, bad] {
            #expect(answer?.field("X-Common") == "1")
            #expect(answer?.field("Date")?.hasSuffix(" GMT") == true)
            #expect(answer?.field("Server") == nil)
        }
        #expect(bad?.code == 400)
        #expect(bad?.body == ProtocolFailure.missingHost.message + "\n")
        #expect(bad?.field("X-Content-Type-Options") == "nosniff")
        #expect(bad?.field("Connection") == "close")
    }

    @Test func `HEAD is answered without a body and the next request is not confused`() throws {
        let connection = try EmbeddedConnection()
        let text = try connection.send("HEAD /ab HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(text.contains("Content-Length: 3\r\n\r\nHTTP/1.1 200 OK"))
        #expect(text.hasSuffix("\r\n\r\n/c"))
    }

    @Test func `A failure is answered with a body unless the request was a HEAD`() throws {
        let head = try EmbeddedConnection().send("HEAD / HTTP/1.1\r\n\r\n")
        #expect(Answer(head)?.code == 400)
        #expect(Answer(head)?.body == "")
        let connection = try EmbeddedConnection()
        _ = try connection.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try Answer(connection.send("nonsense\r\n"))?.body.isEmpty == false)
    }

    @Test func `A stream that is not sent is cancelled`() throws {
        let stream = TestStream(length: 7, pieces: ["1234567"])
        let connection = try EmbeddedConnection(.streaming { _ in stream })
        let answer = try Answer(connection.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"))
        #expect(answer?.field("Content-Length") == "7")
        #expect(answer?.body == "")
        #expect(stream.cancelled == 1)
        #expect(stream.asked == 0)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false), ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: keep-alive\r\n", true),
    ])
    func `The connection goes on as the client asks`(version: String, field: String, goesOn: Bool) throws {
        let connection = try EmbeddedConnection()
        let request = "GET / \(version)\r\nHost: x\r\n\(field)\r\n"
        let answer = try Answer(connection.send(request))
        #expect(answer?.code == 200)
        #expect((answer?.field("Connection") == "close") == !goesOn)
        #expect(try connection.send(request).isEmpty == !goesOn)
    }

    @Test func `A client is told to send its body if it waits for that`() throws {
        let connection = try EmbeddedConnection(.echo)
        let head = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        #expect(try connection.send(head) == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try connection.send("hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try connection.send(head + "h") == "")
        #expect(try connection.send("ello").hasSuffix("\r\n\r\nhello"))
        #expect(try connection.send(head + "hello").occurrences(of: "100 Continue") == 0)
    }

    @Test func `A client is not told to send a body that is too large or that it has not`() throws {
        let tooLarge = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n"
        let refused = try Answer(EmbeddedConnection(TestHandler(limit: 5)).send(tooLarge))
        #expect(refused?.code == 413)
        #expect(refused?.field("Connection") == "close")
        let without = "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"
        #expect(try Answer(EmbeddedConnection(.echo).send(without))?.code == 200)
    }
}

@Suite struct BodyLimitTests {
    private func put(_ length: Int) -> String { "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n" }
    private let chunked = "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func `A body of the limit is taken`() throws {
        #expect(try EmbeddedConnection(TestHandler(limit: 5)).send(put(5) + "hello").hasSuffix("hello"))
        let text = try EmbeddedConnection(TestHandler(limit: 5)).send(chunked + "5\r\nhello\r\n0\r\n\r\n")
        #expect(text.hasSuffix("hello"))
    }

    @Test func `A body a little over the limit is refused before it comes, thrown away, and the connection goes on`()
        throws
    {
        let connection = try EmbeddedConnection(TestHandler(limit: 5))
        let refused = try Answer(connection.send(put(6)))
        #expect(refused?.code == 413)
        #expect(refused?.body == "6 over 5")
        #expect(refused?.field("Connection") == nil)
        #expect(try connection.send("GET /") == "")
        #expect(try connection.send("x" + put(2) + "ok").hasSuffix("\r\n\r\nok"))
        #expect(try connection.send(put(6) + "123456" + put(2) + "ok").occurrences(of: "HTTP/1.1 ") == 2)
    }

    @Test(arguments: [300_000, Int.max])
    func `A body far over the limit ends the connection`(length: Int) throws {
        let connection = try EmbeddedConnection(TestHandler(limit: 5))
        let refused = try Answer(connection.send(put(length)))
        #expect(refused?.code == 413)
        #expect(refused?.body == "\(length) over 5")
        #expect(refused?.field("Connection") == "close")
        #expect(try connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == "")
    }

    @Test func `A chunked body over the limit ends the connection`() throws {
        let connection = try EmbeddedConnection(TestHandler(limit: 5))
        #expect(try connection.send(chunked + "3\r\nabc\r\n") == "")
        let refused = try Answer(connection.send("3\r\n"))
        #expect(refused?.body == "unknown over 5")
        #expect(refused?.field("Connection") == "close")
        #expect(try connection.send("abc\r\n0\r\n\r\n") == "")
    }

    @Test func `A malformed chunk is answered once`() throws {
        let connection = try EmbeddedConnection(.echo)
        #expect(try connection.send(chunked + "3\r\nabcd\r\n").occurrences(of: "HTTP/1.1 400 ") == 1)
        #expect(try connection.send("0\r\n\r\n") == "")
    }

    @Test func `A limit below 0 counts as 0`() throws {
        #expect(try Answer(EmbeddedConnection(TestHandler(limit: -1)).send(put(1)))?.code == 413)
        #expect(try Answer(EmbeddedConnection(TestHandler(limit: -1)).send(chunked + "0\r\n\r\n"))?.code == 200)
    }
}
