import Foundation
import Testing

/// Changes and reads that depend on a key's version.
@Suite(.server)
struct ConditionTests {
    @Test func anOptimisticLockOf16ClientsLosesNoUpdate() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/k", "0 updates").status == 200)
            let port = server.port
            let conflicts = try await concurrently(16) { _ in
                let connection = try Connection(port: port)
                func send(_ request: [UInt8]) throws -> HTTPResponse {
                    try connection.write(request)
                    return try connection.readResponse()
                }
                var (updates, conflicts) = (0, 0)
                while updates < 20 {
                    let read = try send(Client.request("GET", "\(bucket)/k"))
                    let count = Int(read.text.split(separator: " ").first ?? "") ?? 0
                    let write = try send(
                        Client.request(
                            "PUT", "\(bucket)/k", [("If-Match", read["ETag"] ?? "")],
                            body: Array("\(count + 1) updates".utf8)))
                    switch write.status {
                    case 200: updates += 1
                    case 412: conflicts += 1
                    default: throw HarnessError("PUT: \(write.status) \(write.text)")
                    }
                }
                return conflicts
            }
            #expect(try server.client.get("\(bucket)/k").text == "320 updates")
            // Else nobody was in another's way.
            #expect(conflicts.reduce(0, +) > 0)
        }
    }

    @Test func exactlyOneOf16RacersCreatesAKey() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let port = server.port
            let statuses = try await concurrently(16) { racer in
                let connection = try Connection(port: port)
                return try (0..<30).map { key in
                    let request = Client.request(
                        "PUT", "\(bucket)/\(key)", [("If-None-Match", "*")], body: Array("racer \(racer)".utf8))
                    try connection.write(request)
                    return try connection.readResponse().status
                }
            }
            for key in 0..<30 {
                let winners = statuses.indices.filter { statuses[$0][key] == 200 }
                #expect(winners.count == 1, "key \(key)")
                #expect(statuses.count { $0[key] == 412 } == 15, "key \(key)")
                #expect(try server.client.get("\(bucket)/\(key)").text == "racer \(winners.first ?? -1)")
            }
        }
    }

    @Test func aReadOfWhatIsKnownIs304() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let tag = try #require(try server.client.put("\(bucket)/k", "v")["ETag"])
            #expect(tag.wholeMatch(of: /"[0-9]+"/) != nil)
            #expect(try server.client.get("\(bucket)/k")["ETag"] == tag)
            let connection = try Connection(port: server.port)
            for method in ["GET", "HEAD"] {
                for known in [tag, "W/\(tag)", "*", "\"abc\", \(tag)", "\"abc\",, \(tag) "] {
                    try connection.write(Client.request(method, "\(bucket)/k", [("If-None-Match", known)]))
                    let response = try connection.readResponse(toHead: method == "HEAD")
                    #expect(response.status == 304, "\(method) \(known)")
                    #expect(response["ETag"] == tag)
                    #expect(response.body.isEmpty)
                }
                for other in ["\"abc\"", "\"0\"", "W/\"0\"", "\"\""] {
                    let response = try server.client.send(method, "\(bucket)/k", [("If-None-Match", other)])
                    #expect(response.status == 200, "\(method) \(other)")
                }
            }
            let lines = [("If-None-Match", "\"abc\""), ("If-None-Match", tag)]
            #expect(try server.client.get("\(bucket)/k", lines).status == 304)
            #expect(try server.client.get("\(bucket)/none", [("If-None-Match", "*")]).status == 404)
            #expect(try server.client.get("\(bucket)/none", [("If-Match", "*")]).status == 404)
            #expect(
                try server.client.get("\(bucket)/k", [("If-Match", "\"abc\""), ("If-None-Match", tag)]).status == 412)
            #expect(try server.client.get("\(bucket)/k", [("If-Match", tag), ("If-None-Match", tag)]).status == 304)
            try server.client.put("\(bucket)/k", "v")
            let changed = try server.client.get("\(bucket)/k", [("If-None-Match", tag)])
            #expect(changed.status == 200)
            #expect(changed["ETag"] != tag)
        }
    }

    @Test(arguments: ["PUT", "POST", "PATCH", "DELETE"])
    func aChangeIsMadeOnlyWhereItsConditionsHold(method: String) async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let body: [UInt8]? = method == "DELETE" ? nil : Array("1".utf8)
            func change(_ key: String, _ headers: [(String, String)]) throws -> HTTPResponse {
                try server.client.send(method, "\(bucket)/\(key)", headers, body: body)
            }
            let old = try #require(try server.client.put("\(bucket)/k", "4")["ETag"])
            let tag = try #require(try server.client.put("\(bucket)/k", "5")["ETag"])
            let failing: [[(String, String)]] = [
                [("If-Match", old)], [("If-Match", "W/\(tag)")], [("If-Match", "\"abc\"")], [("If-None-Match", "*")],
                [("If-None-Match", tag)], [("If-None-Match", "W/\(tag)")], [("If-Match", "*"), ("If-None-Match", tag)],
                [("If-Match", "\"abc\", \(old)")],
            ]
            for headers in failing {
                #expect(try change("k", headers).status == 412, "\(headers)")
            }
            for malformed in ["abc", "5", "\"5", "w/\"5\"", "*, \"5\"", "\"a\" \"b\"", "W/ \"5\""] {
                #expect(try change("k", [("If-Match", malformed)]).status == 400, "\(malformed)")
                #expect(try change("k", [("If-None-Match", malformed)]).status == 400, "\(malformed)")
            }
            let read = try server.client.get("\(bucket)/k")
            #expect(read.text == "5")
            #expect(read["ETag"] == tag)
            #expect(try change("none", [("If-Match", "*")]).status == 412)
            #expect(try change("none", [("If-Match", tag)]).status == 412)
            let missing = try change("none", [("If-None-Match", "*")])
            #expect(missing.status == (method == "DELETE" ? 404 : 200))
            let made = try change("k", [("If-Match", "\"abc\""), ("If-Match", tag), ("If-None-Match", old)])
            #expect(made.status == 200)
            if method != "DELETE" {
                #expect(made["ETag"] != tag)
                #expect(try server.client.get("\(bucket)/k")["ETag"] == made["ETag"])
            }
        }
    }
}
