import Foundation
import Testing

/// What is sent over a connection, byte for byte (RFC 9112).
@Suite(.server)
struct FramingTests {
    /// A request that two readers could cut in two ways, or that nobody should read at all. `HOST` is a good Host field.
    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        var statuses = [400]
    }

    static let samples: [Sample] = [
        Sample(
            testDescription: "two lengths",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        Sample(
            testDescription: "one length twice",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        Sample(
            testDescription: "two lengths in one field",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nContent-Length: 1, 1\r\n\r\na"),
        Sample(
            testDescription: "a length and chunks",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Sample(
            testDescription: "chunks and a length",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        Sample(
            testDescription: "chunks in HTTP/1.0",
            text: "PUT /b/k HTTP/1.0\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Sample(
            testDescription: "chunked twice",
            text:
                "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        Sample(
            testDescription: "chunked not last",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
            statuses: [400, 501]),
        Sample(
            testDescription: "gzip below chunked",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", statuses: [501]),
        Sample(
            testDescription: "a chunk of no size",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n"),
        Sample(
            testDescription: "a chunk longer than its size",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"),
        Sample(
            testDescription: "a chunk ended by LF",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"),
        Sample(
            testDescription: "a chunk size that overflows",
            text: "PUT /b/k HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n"),
        Sample(testDescription: "a space before the colon", text: "GET /b/k HTTP/1.1\r\nHOST\r\nAccept : a\r\n\r\n"),
        Sample(testDescription: "a field without a name", text: "GET /b/k HTTP/1.1\r\nHOST\r\n: a\r\n\r\n"),
        Sample(testDescription: "a field without a colon", text: "GET /b/k HTTP/1.1\r\nHOST\r\nAccept\r\n\r\n"),
        Sample(testDescription: "a folded field", text: "GET /b/k HTTP/1.1\r\nHOST\r\nAccept: a,\r\n b\r\n\r\n"),
        Sample(testDescription: "a bare CR in a value", text: "GET /b/k HTTP/1.1\r\nHOST\r\nAccept: a\rb: c\r\n\r\n"),
        Sample(testDescription: "a bare LF", text: "GET /b/k HTTP/1.1\nHOST\n\n"),
        Sample(testDescription: "a NUL in a value", text: "GET /b/k HTTP/1.1\r\nHOST\r\nAccept: a\0b\r\n\r\n"),
        Sample(testDescription: "a NUL in a name", text: "GET /b/k HTTP/1.1\r\nHOST\r\nAc\0cept: a\r\n\r\n"),
        Sample(testDescription: "a NUL in the target", text: "GET /b/k\0 HTTP/1.1\r\nHOST\r\n\r\n"),
        Sample(testDescription: "no Host", text: "GET /b/k HTTP/1.1\r\n\r\n"),
        Sample(testDescription: "two Hosts", text: "GET /b/k HTTP/1.1\r\nHOST\r\nHOST\r\n\r\n"),
        Sample(testDescription: "a Host with a path", text: "GET /b/k HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Sample(testDescription: "a Host with a user", text: "GET /b/k HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        Sample(testDescription: "a Host with a bad port", text: "GET /b/k HTTP/1.1\r\nHost: a:99999\r\n\r\n"),
        Sample(testDescription: "two spaces in the request line", text: "GET  /b/k HTTP/1.1\r\nHOST\r\n\r\n"),
        Sample(testDescription: "a space in the target", text: "GET /b/k k HTTP/1.1\r\nHOST\r\n\r\n"),
        Sample(testDescription: "no version", text: "GET /b/k\r\nHOST\r\n\r\n"),
        Sample(testDescription: "a version in small letters", text: "GET /b/k http/1.1\r\nHOST\r\n\r\n"),
        Sample(testDescription: "TLS", text: "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{3}\u{3}\r\n\r\n"),
    ]

    @Test(arguments: samples) func aRequestThatCouldBeReadInTwoWaysIsRefusedAndTheConnectionCloses(
        sample: Sample
    ) async throws {
        try await withServer { server in
            let connection = try Connection(port: server.port)
            try connection.write(sample.text.replacingOccurrences(of: "HOST", with: "Host: kvick.test"))
            let response = try connection.readResponse()
            #expect(sample.statuses.contains(response.status), "\(response.status)")
            #expect(response["Connection"] == "close")
            #expect(response["Access-Control-Allow-Origin"] == "*")
            #expect(connection.isClosed())
        }
    }

    @Test func aRequestHiddenInABodyIsNotAnswered() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let hidden = "PUT \(bucket)/hidden HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
            let connection = try Connection(port: server.port)
            try connection.write(
                "POST \(bucket)/k HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(hidden)"
            )
            #expect(try connection.readResponse().status == 400)
            #expect(connection.isClosed())
            #expect(try server.client.get("\(bucket)/").text == "")
        }
    }

    @Test func headersWithoutAnEndAreRefusedEarly() async throws {
        try await withServer { server in
            let connection = try Connection(port: server.port)
            let field = "X-Filler: " + String(repeating: "y", count: 4000) + "\r\n"
            var sent = 0
            do {
                try connection.write("GET / HTTP/1.1\r\nHost: a\r\n")
                while sent < 1_800_000 {
                    try connection.write(field)
                    sent += field.utf8.count
                }
            } catch {
                // It may close the connection while they are sent.
            }
            let response = try connection.readResponse()
            #expect(response.status == 431 || response.status == 400)
            #expect(response["Access-Control-Allow-Origin"] == "*")
            #expect(try server.residentSize < 512 << 20)
        }
    }

    @Test func aHeadJustBelowItsLimitIsRead() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let filler = String(repeating: "y", count: 30_000)
            #expect(try server.client.put("\(bucket)/k", "v", [("X-Filler", filler)]).status == 200)
            #expect(try server.client.get("\(bucket)/k", [("X-Filler", filler)]).text == "v")
        }
    }

    @Test func pipelinedRequestsAreAnsweredInTheirOrder() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            // Slow writes and quick reads in turn: an answer that overtook another would show.
            var requests: [UInt8] = []
            var expected: [(Int, String)] = []
            for index in 0..<200 {
                requests += Client.request("PUT", "\(bucket)/k\(index)", body: Array("value \(index)".utf8))
                expected.append((200, ""))
                requests += Client.request("GET", "\(bucket)/k\(index)")
                expected.append((200, "value \(index)"))
                requests += Client.request("PATCH", "\(bucket)/n", body: Array("+1".utf8))
                expected.append((200, "\(index + 1)"))
                requests += Client.request("GET", "\(bucket)/missing/\(index)")
                expected.append((404, "there is no such key in this bucket; PUT sets it\n"))
            }
            try connection.write(requests)
            for (index, (status, text)) in expected.enumerated() {
                let response = try connection.readResponse()
                #expect(response.status == status, "answer \(index)")
                #expect(response.text == text, "answer \(index)")
            }
        }
    }

    @Test func anOldClientReadsALongListToTheEndOfTheConnection() async throws {
        try await withServer(["--durability", "relaxed"]) { server in
            let bucket = try server.client.makeBucket()
            try await Bulk.put(server.port, bucket, count: 300, valueSize: 4000)
            let connection = try Connection(port: server.port)
            try connection.write("GET \(bucket)/?values=true HTTP/1.0\r\nHost: a\r\n\r\n")
            let response = try connection.readResponse()
            #expect(response["Transfer-Encoding"] == nil)
            #expect(response["Content-Length"] == nil)
            #expect(response.body.isSame(as: Bulk.list(0..<300, valueSize: 4000)))
        }
    }

    @Test func bytesThatComeOneByOneMakeARequest() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            let request =
                "PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
            for byte in request.utf8 { try connection.write([byte]) }
            #expect(try connection.readResponse().status == 200)
            #expect(try server.client.get("\(bucket)/k").text == "abc")
        }
    }

    @Test func aClientThatAsksIsToldToContinue() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            let head = "PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
            try connection.write(head + "5\r\n\r\n")
            #expect(try connection.readHead() == "HTTP/1.1 100 Continue")
            try connection.write("hello")
            #expect(try connection.readResponse().status == 200)
            #expect(try server.client.get("\(bucket)/k").text == "hello")
            // What is too large is refused before it is sent.
            try connection.write(head + "16385\r\n\r\n")
            let refused = try HTTPResponse(head: connection.readHead())
            #expect(refused.status == 400)
        }
    }

    @Test func connectionsAreKeptAndClosedAsAskedFor() async throws {
        try await withServer { server in
            let get = { (version: String, field: String) in "POST / HTTP/1.\(version)\r\nHost: a\r\n\(field)\r\n" }
            let kept = try Connection(port: server.port)
            for _ in 0..<3 {
                try kept.write(get("1", ""))
                #expect(try kept.readResponse().status == 200)
            }
            try kept.write(get("1", "Connection: close\r\n"))
            #expect(try kept.readResponse()["Connection"] == "close")
            #expect(kept.isClosed())
            let old = try Connection(port: server.port)
            try old.write(get("0", "Connection: keep-alive\r\n"))
            #expect(try old.readResponse().status == 200)
            try old.write(get("0", ""))
            #expect(try old.readResponse().status == 200)
            #expect(old.isClosed())
        }
    }
}

/// Clients that take their time. Each test waits for a timeout of the server.
@Suite(.server)
struct SlowClientTests {
    @Test func aHeaderThatDripsIsCutAfter10Seconds() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            let start = ContinuousClock.now
            try connection.write("GET \(bucket)/k HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            let isCut = eventually(within: .seconds(20), every: .milliseconds(200)) {
                (try? connection.write("y")) == nil || connection.isClosed(within: .milliseconds(1))
            }
            #expect(isCut)
            #expect(ContinuousClock.now - start > .seconds(8))
            #expect(ContinuousClock.now - start < .seconds(18))
        }
    }

    @Test func aConnectionThatSendsNothingIsClosedAfter10Seconds() async throws {
        try await withServer { server in
            let connection = try Connection(port: server.port)
            let start = ContinuousClock.now
            #expect(connection.isClosed(within: .seconds(20)))
            #expect(ContinuousClock.now - start > .seconds(8))
            #expect(ContinuousClock.now - start < .seconds(18))
        }
    }

    @Test func aBodyThatDripsIsCutAndNothingOfItIsStored() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            let start = ContinuousClock.now
            try connection.write("PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n")
            let isCut = eventually(within: .seconds(40), every: .milliseconds(200)) {
                (try? connection.write("y")) == nil || connection.isClosed(within: .milliseconds(1))
            }
            #expect(isCut)
            #expect(ContinuousClock.now - start > .seconds(3))
            #expect(try server.client.get("\(bucket)/k").status == 404)
        }
    }

    @Test func aBodyThatStopsIsAnsweredWith408() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port, timeout: .seconds(45))
            try connection.write("PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\nhello")
            let response = try connection.readResponse()
            #expect(response.status == 408)
            #expect(response["Access-Control-Allow-Origin"] == "*")
            #expect(connection.isClosed())
        }
    }
}
