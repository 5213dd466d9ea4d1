import NIOCore
import Testing

@testable import HTTPServer

@Suite struct PipeliningTests {
    private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    @Test func `Requests of one burst are answered in order with one write`() throws {
        let connection = try EmbeddedConnection()
        #expect(try connection.writes(answering: get("/a") + get("/b") + get("/c")) == 1)
        let text = try connection.send(get("/d") + get("/e"))
        #expect(text.occurrences(of: "HTTP/1.1 200 OK\r\n") == 2)
        #expect(text.hasSuffix("/e"))
    }

    @Test func `Answers keep the order of requests whatever the order in which they are ready`() throws {
        let promises = (0..<3).map { _ in EmbeddedPromise() }
        let connection = try EmbeddedConnection(
            TestHandler { request, _ in
                guard let number = Int(request.path.dropFirst()) else { return .ready(Response(status: .notFound)) }
                return .pending(promises[number].future)
            })
        #expect(try connection.send(get("/0") + get("/x") + get("/1") + get("/2")) == "")
        func complete(_ number: Int) throws -> String {
            promises[number].succeed(Response(status: .ok, body: .bytes(ByteBuffer(string: "<\(number)>"))))
            return try connection.received()
        }
        #expect(try complete(2) == "")
        let first = try complete(0)
        #expect(first.occurrences(of: "HTTP/1.1") == 2)
        #expect(first.contains("<0>HTTP/1.1 404"))
        let rest = try complete(1)
        #expect(rest.contains("<1>HTTP/1.1 200"))
        #expect(rest.hasSuffix("<2>"))
    }

    @Test func `A request after one that is being answered is not looked at`() throws {
        let promise = EmbeddedPromise()
        let connection = try EmbeddedConnection(TestHandler { _, _ in .pending(promise.future) })
        #expect(try connection.send(get("/") + "nonsense\r\n") == "")
        promise.succeed(Response(status: .ok))
        let text = try connection.received()
        #expect(text.hasPrefix("HTTP/1.1 200 OK"))
        #expect(text.occurrences(of: "HTTP/1.1 400 ") == 1)
    }

    @Test func `A promise kept on the spot is answered as one that is kept later`() throws {
        let connection = try EmbeddedConnection(
            TestHandler { _, loop in .pending(loop.makeSucceededFuture(Response(status: .ok))) })
        #expect(try connection.send(get("/") + get("/")).occurrences(of: "HTTP/1.1 200 OK") == 2)
    }

    @Test func `A promise that is broken is an internal error, and the connection goes on`() throws {
        let connection = try EmbeddedConnection(
            TestHandler { request, loop in
                request.path == "/" ? .pending(loop.makeFailedFuture(ChannelError.eof)) : .ready(Response(status: .ok))
            })
        let text = try connection.send(get("/") + get("/a"))
        #expect(text.occurrences(of: "HTTP/1.1 500 ") == 1)
        #expect(text.occurrences(of: "HTTP/1.1 200 ") == 1)
    }

    @Test func `A pipeline longer than any stack is answered in whole`() throws {
        let connection = try EmbeddedConnection()
        let count = 20_000
        let text = try connection.send(String(repeating: get("/"), count: count))
        #expect(text.occurrences(of: "\r\n\r\n/") == count)
    }

    @Test func `A long pipeline leaves other connections their turn`() throws {
        let connection = try EmbeddedConnection()
        try connection.channel.writeInbound(ByteBuffer(string: String(repeating: get("/"), count: 1_000)))
        var burst = 0
        while let bytes = try connection.channel.readOutbound(as: ByteBuffer.self) {
            burst += String(buffer: bytes).occurrences(of: "HTTP/1.1 200 OK")
        }
        #expect(burst == ConnectionHandler.requestBurst)
        #expect(try connection.received().occurrences(of: "HTTP/1.1 200 OK") == 1_000 - burst)
    }

    @Test func `Requests cut anywhere are answered as whole ones`() throws {
        let connection = try EmbeddedConnection(.echo)
        let requests =
            get("/") + "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
            + "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            + get("/")
        let whole = try connection.send(requests)
        for size in [1, 2, 3, 7, 50] {
            var pieces = ""
            var rest = Array(requests.utf8)[...]
            while !rest.isEmpty {
                pieces += try connection.send(ByteBuffer(bytes: rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(pieces.withoutDates == whole.withoutDates)
        }
        #expect(whole.contains("\r\n\r\nhelloHTTP"))
        #expect(whole.contains("\r\n\r\nabcdeHTTP"))
    }

    @Test func `A bad request behind good ones is answered last and once`() throws {
        let connection = try EmbeddedConnection()
        let text = try connection.send(get("/a") + "GET / HTTP/1.1\r\n\r\n" + get("/b"))
        #expect(text.occurrences(of: "HTTP/1.1 ") == 2)
        #expect(text.contains("Connection: close\r\n"))
        #expect(try connection.send(get("/c")) == "")
    }
}

extension String {
    /// The text without its Date fields, which may differ by a second.
    var withoutDates: String {
        split(separator: "\r\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Date: ") }
            .joined(separator: "\r\n")
    }
}
