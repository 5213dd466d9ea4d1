import Foundation
import Testing

/// What browsers and other general clients rely on: methods, formats and requests across origins.
@Suite(.server)
struct BrowserTests {
    @Test func aWrongMethodIs405WithTheRightOnes() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let cases: [(String, String, allowed: [String], not: [String])] = [
                ("GET", "/", ["POST"], ["GET"]), ("DELETE", "/", ["POST"], ["DELETE"]), ("PUT", "/", ["POST"], ["PUT"]),
                ("PUT", "\(bucket)/", ["GET", "PATCH", "DELETE"], ["PUT"]),
                ("PUT", bucket, ["GET", "PATCH", "DELETE"], ["PUT"]),
                ("TRACE", "\(bucket)/k", ["GET", "PUT", "POST", "PATCH", "DELETE"], ["TRACE"]),
                ("BREW", "\(bucket)/k", ["GET", "PUT", "POST", "PATCH", "DELETE"], ["BREW"]),
            ]
            for (method, path, allowed, others) in cases {
                let response = try server.client.send(method, path)
                #expect(response.status == 405, "\(method) \(path)")
                let allow = (response["Allow"] ?? "").components(separatedBy: ", ")
                #expect(Set(allowed).isSubset(of: allow), "\(method) \(path): \(allow)")
                #expect(Set(others).isDisjoint(with: allow), "\(method) \(path): \(allow)")
            }
        }
    }

    @Test func aListThatCannotBeWrittenAsAskedIs406() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            func status(_ query: String, _ accept: String?) throws -> Int {
                try server.client.get("\(bucket)/\(query)", accept.map { [("Accept", $0)] } ?? []).status
            }
            for accept in ["image/png", "text/html", "application/json;q=0, text/plain;q=0"] {
                #expect(try status("", accept) == 406, "\(accept)")
                #expect(try status("?format=json", accept) == 200, "\(accept)")
            }
            for format in ["xml", "", "JSON%00"] { #expect(try status("?format=\(format)", nil) == 406, "\(format)") }
            for accept in ["*/*", "text/*", "text/html, */*;q=0.1", "application/json", ""] {
                #expect(try status("", accept) == 200, "\(accept)")
            }
        }
    }

    @Test func aPreflightIsAnsweredForEachRoute() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&read_key=r&write_key=w")
            let routes: [(String, [String])] = [
                ("/", ["POST"]), (bucket, ["GET", "PATCH", "DELETE"]), ("\(bucket)/", ["GET", "PATCH", "DELETE"]),
                ("\(bucket)/k/e/y", ["GET", "PUT", "POST", "PATCH", "DELETE"]),
                ("/unknownbucket/k", ["GET", "PUT", "POST", "PATCH", "DELETE"]),
            ]
            for (path, methods) in routes {
                let response = try server.client.send(
                    "OPTIONS", path,
                    [
                        ("Origin", "https://example.com"), ("Access-Control-Request-Method", "PUT"),
                        ("Access-Control-Request-Headers", "authorization,content-type"),
                    ])
                #expect(response.status == 200 || response.status == 204, "\(path)")
                let allowed = (response["Access-Control-Allow-Methods"] ?? "").components(separatedBy: ", ")
                #expect(Set(methods).isSubset(of: allowed), "\(path): \(allowed)")
                let headers = (response["Access-Control-Allow-Headers"] ?? "").lowercased()
                for name in ["authorization", "content-type", "if-match", "if-none-match"] {
                    #expect(headers.contains(name), "\(path)")
                }
                #expect(response["Access-Control-Max-Age"] == "86400", "\(path)")
                #expect(response.body.isEmpty)
            }
        }
    }

    @Test func eachAnswerMayBeReadByAPageOfAnyOrigin() async throws {
        try await withServer { server in
            // The client of these tests looks for the field on each answer; here is one of each kind.
            let bucket = try server.client.makeBucket("secret_key=s&write_key=w")
            let responses = [
                try server.client.put("\(bucket)/k?key=w", "v"), try server.client.get("\(bucket)/k"),
                try server.client.get("\(bucket)/?key=s"), try server.client.put("\(bucket)/k", "v"),
                try server.client.get("\(bucket)/?key=w"), try server.client.get("\(bucket)/missing"),
                try server.client.send("PUT", "/"), try server.client.get("\(bucket)/?key=s&format=xml"),
                try server.client.get("\(bucket)/%"),
            ]
            #expect(responses.map(\.status) == [200, 200, 200, 401, 403, 404, 405, 406, 400])
            for response in responses {
                let exposed = (response["Access-Control-Expose-Headers"] ?? "").lowercased()
                for name in ["etag", "x-next-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
                {
                    #expect(exposed.contains(name), "\(response.status)")
                }
            }
        }
    }

    @Test func parametersThatMeanNothingAreIgnored() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("_cb=1&colour=blue")
            #expect(try server.client.put("\(bucket)/k?_cb=123&x=%20", "v").status == 200)
            #expect(try server.client.get("\(bucket)/k?_cb=124&&=&a").text == "v")
            #expect(try server.client.get("\(bucket)/?_cb=125&_cb=126").text == "k\n")
            #expect(try server.client.delete("\(bucket)/k?_cb=127").status == 200)
        }
    }
}
