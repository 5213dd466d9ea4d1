import HTTPServer
import NIOCore
import Storage
import StorageTesting
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("Requests for transactions")
struct TransactionRequestTests {
    @Test("Every operation has its result, in order, whatever the Content-Type and Accept say")
    func results() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        _ = try await test.send(.put, "\(bucket)/old", "x")
        let body = #"""
            {"txn": [{"set":"a","value":"text","ttl":60}, {"delete":"old"}, {"delete":"old"}, {"incr":"n"},
              {"incr":"n","by":-2.5,"ttl":"0.5"}, {"get":"a"}, {"get":"n"}, {"get":"none"}, {"check":"none","version":null}],
              "more": {}}
            """#
        for (path, type) in [(bucket, "text/plain"), (bucket + "/", "application/x-www-form-urlencoded")] {
            _ = try await test.send(.put, "\(bucket)/old", "x")
            _ = try await test.send(.delete, "\(bucket)/n")
            let answer = try await test.send(.post, path, body, [("Content-Type", type), ("Accept", "text/plain")])
            #expect(answer.status == 200)
            #expect(answer.field("Content-Type") == "application/json")
            let tag = try #require(try await test.send(.get, "\(bucket)/a").field("ETag"))
            #expect(
                answer.text == #"""
                    {"results":[{"version":\#(tag)},{"deleted":true},{"deleted":false},{"value":1,"version":\#(tag)},\#
                    {"value":-1.5,"version":\#(tag)},{"value":"text","version":\#(tag)},{"value":-1.5,"version":\#(tag)},\#
                    {"value":null,"version":null},{"version":null}]}
                    """#)
        }
        #expect(try await test.send(.post, bucket, #"{"txn":[]}"#).text == #"{"results":[]}"#)
        try await test.close()
    }

    @Test("What only reads is answered off one snapshot, also when memory can't answer")
    func reads() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let tag = try #require(try await test.send(.put, "\(bucket)/a", "007").field("ETag"))
        _ = try await test.send(.put, "\(bucket)/b", [0xFF, 0])
        let body = #"{"txn":[{"get":"a"},{"check":"a","version":\#(tag)},{"get":"none"}]}"#
        let writesBefore = test.engine.writeCount
        for engineBlocks in [false, true] {
            test.engine.readsBlock = engineBlocks
            let answer = try await test.send(.post, bucket, body)
            #expect(answer.status == 200)
            #expect(
                answer.text
                    == #"{"results":[{"value":"007","version":\#(tag)},{"version":\#(tag)},{"value":null,"version":null}]}"#
            )
        }
        #expect(test.engine.writeCount == writesBefore)
        let bytes = try await test.send(.post, bucket, #"{"txn":[{"get":"b"}]}"#)
        #expect(bytes.text.hasPrefix(#"{"results":[{"value":{"base64":"/wA="},"version":""#))
        try await test.close()
    }

    @Test(
        "A value that is JSON is kept as it was sent, byte for byte",
        arguments: [
            #"{"a" : [1.10, 1e5,"\u00e9"], "a":null}"#, "[1,\n  2]", "true", "false", "null", "1.10", "1e5", "-0",
            "1e400",
            "123456789012345678901234567890", "[]", #"["\ud834\udd1e"]"#,
        ])
    func jsonValues(value: String) async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let set = try await test.send(.post, bucket, "{\"txn\":[{\"value\": \(value) ,\"set\":\"k\"},{\"get\":\"k\"}]}")
        #expect(set.status == 200, "\(set.text)")
        #expect(set.text.contains(#"{"value":\#(value),"version":""#))
        let get = try await test.send(.get, "\(bucket)/k")
        #expect(get.text == value)
        #expect(get.field("Content-Type") == "application/json")
        #expect(try await test.send(.get, "\(bucket)/?values=true&format=json").text == #"[["k",\#(value)]]"#)
        let line = value.replacing("\n", with: " ")
        #expect(try await test.send(.get, "\(bucket)/?values=true&format=jsonl").text == "[\"k\",\(line)]\n")
        try await test.close()
    }

    @Test("Strings stay strings, and canonical numbers are numbers")
    func scalars() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let body = #"""
            {"txn":[{"set":"a","value":"5"},{"set":"b","value":5},{"set":"c","value":2.5},{"set":"d","value":"x\n\u0000é"},
            {"set":"e","value":""}]}
            """#
        #expect(try await test.send(.post, bucket, body).status == 200)
        #expect(
            try await test.send(.get, "\(bucket)/?values=true&format=json").text
                == #"[["a","5"],["b",5],["c",2.5],["d","x\n\u0000é"],["e",""]]"#)
        let text = try await test.send(.get, "\(bucket)/d")
        #expect(text.text == "x\n\0é")
        #expect(text.field("Content-Type") == "text/plain; charset=utf-8")
        #expect(try await test.send(.patch, "\(bucket)/a", "+1").text == "6")
        #expect(try await test.send(.patch, "\(bucket)/c", "+1").text == "3.5")
        try await test.close()
    }

    @Test("Keys that are not UTF-8 go as base64")
    func base64Keys() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let body = #"{"txn":[{"set":{"base64":"/wA="},"value":"v"},{"get":{"base64":"/wA="}},{"get":"\u0000é"}]}"#
        let answer = try await test.send(.post, bucket, body)
        #expect(answer.status == 200)
        #expect(answer.text.contains(#""value":"v""#))
        #expect(try await test.send(.get, "\(bucket)/%FF%00").text == "v")
        try await test.close()
    }

    @Test(
        "An operation that makes no sense is 400, is named, and nothing is changed",
        arguments: [
            "{}", #"{"set":"k"}"#, #"{"set":"k","value":1,"delete":"k"}"#, #"{"set":"k","set":"k","value":1}"#,
            #"{"set":"k","value":1,"value":1}"#, #"{"set":"k","value":1,"\u0073et":"k"}"#, #"{"set":1,"value":1}"#,
            #"{"set":null,"value":1}"#, #"{"set":"","value":1}"#, #"{"set":"tokens/x","value":1}"#,
            #"{"get":"scripts/"}"#, #"{"set":{"base64":"!"},"value":1}"#, #"{"set":{"base64":1},"value":1}"#,
            #"{"set":{},"value":1}"#, #"{"get":{"base64":""}}"#, #"{"set":"k","value":1,"ttl":-1}"#,
            #"{"set":"k","value":1,"ttl":"x"}"#, #"{"set":"k","value":1,"ttl":1.2345}"#,
            #"{"set":"k","value":1,"ttl":[1]}"#, #"{"set":"k","value":1,"ttl":1e400}"#,
            #"{"incr":"n","by":"x"}"#, #"{"incr":"n","by":true}"#, #"{"incr":"n","by":12345678901234567890}"#,
            #"{"incr":"text"}"#, #"{"incr":"max"}"#, #"{"check":"k"}"#, #"{"check":"k","version":1}"#,
            #"{"check":"k","version":"abc"}"#, #"{"check":"k","version":"01"}"#, "1", "[]", "null",
            #"{"set":"k","value":01}"#, #"{"Set":"k","value":1}"#,
        ])
    func badOperations(operation: String) async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        _ = try await test.send(.put, "\(bucket)/text", "text")
        _ = try await test.send(.put, "\(bucket)/max", "9223372036854775807")
        let body = #"{"txn":[{"set":"before","value":1},{"delete":"text"},{"set":"text","value":"x"},\#(operation)]}"#
        let answer = try await test.send(.post, bucket, body)
        #expect(answer.status == 400)
        #expect(answer.text.hasPrefix("txn[3]: "), "\(answer.text)")
        #expect(answer.text.hasSuffix("\n"))
        let json = try await test.send(.post, bucket, body, [("Accept", "application/json")])
        #expect(json.text.hasPrefix(#"{"error":"txn[3]: "#))
        #expect(try await test.send(.get, "\(bucket)/before").status == 404)
        #expect(try await test.send(.get, "\(bucket)/text").text == "text")
        try await test.close()
    }

    @Test(
        "A body that is no transaction is 400",
        arguments: [
            "", "{", "[]", "null", "{}", #"{"txn":{}}"#, #"{"txn":null}"#, #"{"txn":[],"txn":[]}"#, #"{"txn":[]} x"#,
            #"{"txn":[{"get":"a"},]}"#, #"{"txns":[]}"#, "txn=1",
        ])
    func badBodies(body: String) async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        #expect(try await test.send(.post, bucket, body).status == 400)
        try await test.close()
    }

    @Test("Limits hold as for other requests, and name the operation")
    func limits() async throws {
        var options = KVdbOptions()
        options.maxTransactionOperations = 3
        options.maxValueSize = 40_000
        let test = try TestAPI.make(options: options)
        let bucket = "/\(try await test.makeBucket())"
        let (key, value) = (String(repeating: "k", count: 128), String(repeating: "v", count: 40_000))
        let get = #"{"get":"k"}"#
        // Past 64 KiB, so that it is read elsewhere.
        let large = #"{"txn":[{"set":"\#(key)","value":"\#(value)"},{"set":"b","value":"\#(value)"},{"get":"b"}]}"#
        let largeAnswer = try await test.send(.post, bucket, large)
        #expect(largeAnswer.status == 200)
        #expect(largeAnswer.text.contains(value))
        let reads = try await test.send(.post, bucket, #"{"txn":[{"get":"b"},{"get":"\#(key)"},{"get":"b"}]}"#)
        #expect(reads.bytes.count > 3 * value.utf8.count)
        for (body, words) in [
            (#"{"txn":[\#(get),{"get":"\#(key)k"}]}"#, ["txn[1]: ", "129", "128"]),
            (#"{"txn":[\#(get),{"set":"b","value":"\#(value)v"}]}"#, ["txn[1]: ", "40001", "40000"]),
            (#"{"txn":[{"set":"b","value":[\#(value.replacing("v", with: "1"))]}]}"#, ["txn[0]: ", "40002", "40000"]),
            (#"{"txn":[\#(get),\#(get),\#(get),\#(get)]}"#, ["3 operations"]),
            (String(repeating: " ", count: 3 * (128 + 40_000 + 64) + 1), ["body", "120576"]),
        ] {
            let answer = try await test.send(.post, bucket, body)
            #expect(answer.status == 400)
            for word in words { #expect(answer.text.contains(word), "\(answer.text.prefix(200))") }
        }
        #expect(try await test.send(.post, bucket, String(repeating: " ", count: 100_000)).status == 400)
        try await test.close()
    }

    @Test("A body may be as long as so many operations, within bounds")
    func bodyLimits() throws {
        func limit(_ operations: Int, _ value: Int) throws -> Int {
            var options = KVdbOptions()
            options.maxTransactionOperations = operations
            options.maxValueSize = value
            options.opensBuckets = true
            let test = try TestAPI.make(options: options)
            return test.api.bodySizeLimit(for: try Request(method: .post, target: "/a-bucket/"))
        }
        #expect(try limit(1, 1) == 64 << 10)
        #expect(try limit(1000, 16384) == 1000 * (128 + 16384 + 64))
        #expect(try limit(10_000, 16384) == 64 << 20)
        // The longest value as base64.
        let largest = try limit(10_000, 64 << 20)
        #expect((64 << 20) / 3 * 4 < largest && largest < 90 << 20)
    }

    @Test("A failed check is 412 and names the operation, read or written")
    func checks() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let tag = try #require(try await test.send(.put, "\(bucket)/k", "1").field("ETag"))
        for check in [
            #"{"check":"k","version":null}"#, #"{"check":"k","version":"999"}"#, #"{"check":"none","version":\#(tag)}"#,
        ] {
            for other in [#"{"get":"k"}"#, #"{"set":"k","value":"2"}"#] {
                let answer = try await test.send(.post, bucket, #"{"txn":[\#(other),\#(check)]}"#)
                #expect(answer.status == 412)
                #expect(answer.text.hasPrefix("txn[1]: "))
            }
        }
        #expect(try await test.send(.get, "\(bucket)/k").field("ETag") == tag)
        let body = #"{"txn":[{"check":"k","version":\#(tag)},{"set":"k","value":"2"}]}"#
        #expect(try await test.send(.post, bucket, body).status == 200)
        #expect(try await test.send(.post, bucket, body).text.hasPrefix("txn[0]: "))
        try await test.close()
    }

    @Test("Bytes that are not UTF-8 are set as base64, and what a get gave can be set again")
    func binaryValues() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        let body = #"{"txn":[{"set":"b","base64":"//4A"},{"get":"b"}]}"#
        let answer = try await test.send(.post, bucket, body)
        #expect(answer.status == 200)
        #expect(answer.text.contains(#"{"value":{"base64":"//4A"}"#))
        #expect(try await test.send(.get, "\(bucket)/b").bytes == [0xFF, 0xFE, 0])
        for operation in [
            #"{"set":"b","base64":"?"}"#, #"{"set":"b","base64":1}"#, #"{"set":"b","base64":"//4A","value":1}"#,
            #"{"set":"b"}"#,
        ] {
            let answer = try await test.send(.post, bucket, #"{"txn":[\#(operation)]}"#)
            #expect(answer.status == 400)
            #expect(answer.text.hasPrefix("txn[0]: "))
        }
        try await test.close()
    }

    @Test("Each operation needs what it needs alone, and what is refused is named")
    func access() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket("secret_key=s&read_key=r&write_key=w"))"
        let (get, set, check) = (#"{"get":"k"}"#, #"{"set":"k","value":1}"#, #"{"check":"k","version":null}"#)
        for (operations, credential, status, place) in [
            ([get], "r", 200, nil), ([get], "w", 403, 0), ([get], "s", 200, nil), ([get], "", 401, 0),
            ([get], "x", 401, nil), ([check, set], "w", 200, nil), ([set, get], "w", 403, 1), ([set], "r", 403, 0),
            ([check], "w", 412, 0), ([check], "r", 412, 0), ([check], "", 401, 0), ([#"{"incr":"n"}"#], "r", 403, 0),
            ([#"{"delete":"k"}"#], "r", 403, 0), ([#"{"delete":"k"}"#], "w", 200, nil), ([set, get], "s", 200, nil),
            ([], "x", 401, nil), ([], "w", 200, nil), ([], "", 200, nil),
        ] as [([String], String, Int, Int?)] {
            let body = #"{"txn":[\#(operations.joined(separator: ","))]}"#
            let answer = try await test.send(.post, bucket, body, credential.isEmpty ? [] : [basic(credential)])
            #expect(answer.status == status, "\(body) \(credential)")
            if let place { #expect(answer.text.hasPrefix("txn[\(place)]: "), "\(answer.text)") }
            if status == 401 { #expect(answer.field("WWW-Authenticate") != nil) }
        }
        try await test.close()
    }

    @Test("A key that is set until a time that is past is gone, and one that must be absent is kept where it is there")
    func expiresAndIfAbsent() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket()
        let old = try await test.send(.put, "/\(id)/old", "1").field("ETag") ?? ""
        let answer = try await test.send(
            .post, "/\(id)",
            #"""
            {"txn":[{"set":"past","value":1,"expires":1.5},{"set":"old","value":2,"if_absent":true},
             {"set":"new","value":3,"if_absent":true,"expires":null,"content_type":null,"type":null}]}
            """#)
        let version = try await test.send(.get, "/\(id)/new").field("ETag") ?? ""
        #expect(
            answer.text == #"""
                {"results":[{"version":null},{"set":false,"version":\#(old)},{"version":\#(version)}]}
                """#)
        #expect(try await test.send(.get, "/\(id)/?values=true").text == "new=3\nold=1\n")
        try await test.close()
    }

    @Test(
        "What a set can't mean is 400 and names the operation",
        arguments: [
            #""expires":-1"#, #""expires":1.2345"#, #""expires":"soon""#, #""expires":1e300"#, #""expires":1,"ttl":1"#,
            #""expires":9223372036854775.808"#, #""expires":{}"#, #""if_absent":1"#, #""type":"text""#, #""type":5"#,
            #""type":"json""#, #""content_type":"a\r\nX-Evil: 1""#, #""content_type":" a""#, #""content_type":5"#,
            #""content_type":{"base64":"AA=="}"#, #""content_type":"\#(String(repeating: "a", count: 256))""#,
        ])
    func badMembers(members: String) async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket()
        for value in [#""value":"no {JSON""#, #""base64":"AA==""#] {
            let body = #"{"txn":[{"set":"a","value":1},{"set":"b",\#(value),\#(members)}]}"#
            let answer = try await test.send(.post, "/\(id)", body)
            #expect(answer.status == 400 && answer.text.hasPrefix("txn[1]: "), "\(answer.text)")
        }
        #expect(try await test.send(.get, "/\(id)/").text == "")
        try await test.close()
    }

    @Test("On a bucket that is gone or never was a transaction is 410 or 404")
    func missingBuckets() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket("secret_key=s"))"
        #expect(try await test.send(.delete, bucket, "", [basic("s")]).status == 200)
        for operation in [#"{"set":"k","value":1}"#, #"{"get":"k"}"#] {
            #expect(try await test.send(.post, bucket, #"{"txn":[\#(operation)]}"#).status == 410)
            #expect(try await test.send(.post, "/AAAAAAAAAAAAAAAAAAAAAA", #"{"txn":[\#(operation)]}"#).status == 404)
        }
        try await test.close()
    }

    @Test("On open buckets a transaction that adds something makes its bucket")
    func openBuckets() async throws {
        var options = KVdbOptions()
        options.opensBuckets = true
        let test = try TestAPI.make(options: options)
        for reading in [#"{"get":"k"}"#, #"{"delete":"k"}"#, #"{"check":"k","version":null}"#] {
            #expect(try await test.send(.post, "/my-own-bucket", #"{"txn":[\#(reading)]}"#).status == 404)
        }
        let failing = #"{"txn":[{"set":"k","value":"v"},{"check":"k","version":null}]}"#
        #expect(try await test.send(.post, "/my-own-bucket", failing).status == 412)
        #expect(try await test.send(.get, "/my-own-bucket/").status == 404)
        #expect(try await test.send(.post, "/my-own-bucket", #"{"txn":[{"set":"k","value":"v"}]}"#).status == 200)
        #expect(try await test.send(.get, "/my-own-bucket/k").text == "v")
        #expect(try await test.send(.post, "/another_one/", #"{"txn":[{"incr":"n"},{"get":"n"}]}"#).status == 200)
        #expect(try await test.send(.post, "/short", #"{"txn":[{"incr":"n"}]}"#).status == 404)
        try await test.close()
    }

    @Test("What the store can't take or read is answered as elsewhere")
    func failures() async throws {
        let test = try TestAPI.make()
        let bucket = "/\(try await test.makeBucket())"
        test.engine.failNextWrite(with: StorageError(.outOfSpace, "full"))
        let full = try await test.send(.post, bucket, #"{"txn":[{"set":"k","value":"v"}]}"#)
        #expect(full.status == 503)
        #expect(full.text.contains("nothing was changed"))
        let preflight = try await test.send(.options, bucket)
        #expect(preflight.field("Allow")?.contains("POST") == true)
        try await test.close()
    }
}
