import Foundation
import Testing

/// Numbers that are chosen to overflow something. The server answers 400 and lives.
@Suite(.server)
struct ArithmeticTests {
    @Test func timesToLiveThatCannotBeCountedAreRefused() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for seconds in [
                "9223372036854775807", "9223372036854775", "9223372036854775.807", "18446744073709551616", "1e3", "-1",
                "-0", "",
                ".5", "5.", "0.0005", "1.0000", "+1", "%201", "0x1", "inf", "nan", String(repeating: "9", count: 5000),
            ] {
                let put = try server.client.put("\(bucket)/k?ttl=\(seconds)", "v")
                #expect(put.status == 400, "\(seconds)")
                let patch = try server.client.patch("\(bucket)/n?ttl=\(seconds)", "+1")
                #expect(patch.status == 400, "\(seconds)")
            }
            #expect(try server.client.get("\(bucket)/").text == "")
            // A hundred thousand years can be counted.
            #expect(try server.client.put("\(bucket)/k?ttl=3155760000000.999", "v").status == 200)
            #expect(try server.client.get("\(bucket)/k").status == 200)
            #expect(server.isRunning)
        }
    }

    @Test func limitsAndSkipsThatCannotBeAreRefused() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            for limit in ["0", "-1", "10001", "9223372036854775807", "9223372036854775808", "1.0", "1e3", "", "%2B1"] {
                #expect(try server.client.get("\(bucket)/?limit=\(limit)").status == 400, "limit \(limit)")
            }
            for skip in ["-1", "9223372036854775808", "99999999999999999999999999", "0.5", "", "a"] {
                #expect(try server.client.get("\(bucket)/?skip=\(skip)").status == 400, "skip \(skip)")
            }
            #expect(try server.client.get("\(bucket)/?skip=9223372036854775807&limit=10000").text == "")
            #expect(try server.client.get("\(bucket)/?limit=1&skip=0").text == "k\n")
            #expect(server.isRunning)
        }
    }

    @Test func defaultTimesToLiveThatCannotBeCountedAreRefused() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s")
            for seconds in [
                "9223372036854775807", "9223372036854776", "9223372036854775", "4611686018427388",
                "99999999999999999999", "-1", "1.5",
            ] {
                #expect(
                    try server.client.patch("\(bucket)?key=s", "default_ttl=\(seconds)").status == 400, "\(seconds)")
                #expect(try server.client.send("POST", "/?default_ttl=\(seconds)").status == 400, "\(seconds)")
            }
            // What is taken as a default does not fail when it is used.
            let farthest = "default_ttl=4611686018427387"
            #expect(try server.client.patch("\(bucket)?key=s", farthest).status == 200)
            #expect(try server.client.put("\(bucket)/k", "1").status == 200)
            #expect(try server.client.patch("\(bucket)/k", "+1").text == "2")
            #expect(server.isRunning)
        }
    }

    @Test func sumsThatOverflowAreRefusedAndChangeNothing() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let cases = [
                ("9223372036854775807", "+1"), ("-9223372036854775808", "-1"),
                ("9223372036854775807", "9223372036854775807"),
                ("-1", "-9223372036854775808"), ("1e308", "+1e308"), ("-1.7976931348623157e308", "-1e308"),
                ("0", "1e309"), ("0", "9223372036854775808"), ("0", "-9223372036854775809"),
            ]
            for (start, change) in cases {
                #expect(try server.client.put("\(bucket)/n", start).status == 200)
                #expect(try server.client.patch("\(bucket)/n", change).status == 400, "\(start) \(change)")
                #expect(try server.client.get("\(bucket)/n").text == start)
            }
            #expect(try server.client.put("\(bucket)/n", "-9223372036854775808").status == 200)
            #expect(try server.client.patch("\(bucket)/n", "+9223372036854775807").text == "-1")
            #expect(try server.client.put("\(bucket)/n", "9223372036854775807").status == 200)
            #expect(try server.client.patch("\(bucket)/n", "-9223372036854775808").text == "-1")
            #expect(server.isRunning)
        }
    }

    @Test(arguments: [
        "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551617",
        "99999999999999999999999999", "-1", "+1", "0x10", "1.0", "1 2", "", "4294967297",
    ])
    func aBodyLengthThatCannotBeIsRefused(_ length: String) async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            try connection.write("PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
            #expect(try connection.readResponse().status == 400)
            #expect(connection.isClosed())
            #expect(try server.client.get("\(bucket)/k").status == 404)
            #expect(server.isRunning)
        }
    }

    @Test(arguments: [
        "7FFFFFFFFFFFFFFF", "8000000000000000", "FFFFFFFFFFFFFFFF", "10000000000000001", "FFFFFFFFFFFFFFFFFFFFFFFF",
        "FFFFFFFF", "0000000000000000000000000000001", "-1", "+1", "0x1", "g", "", " 1", "1 1",
    ])
    func aChunkSizeThatCannotBeIsRefused(_ size: String) async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let connection = try Connection(port: server.port)
            try connection.write(
                "PUT \(bucket)/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\nx\r\n0\r\n\r\n")
            #expect(try connection.readResponse().status == 400)
            #expect(connection.isClosed())
            #expect(try server.client.get("\(bucket)/k").status == 404)
            #expect(server.isRunning)
        }
    }
}
