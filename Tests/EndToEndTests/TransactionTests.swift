import Foundation
import Testing

/// What a transaction does, and what it leaves as it was.
@Suite(.server)
struct TransactionTests {
    @Test func theOperationsAreAppliedInOrderAndEachSeesThoseBeforeIt() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            try server.client.put("\(bucket)/old", "v")
            let response = try server.client.transact(
                "\(bucket)/",
                [
                    #"{"get":"k"}"#, #"{"check":"k","version":null}"#, #"{"set":"k","value":"text"}"#, #"{"get":"k"}"#,
                    #"{"incr":"n","by":2.5,"note":"unknown"}"#, #"{"incr":"n"}"#, #"{"delete":"old"}"#,
                    #"{"delete":"old"}"#, #"{"get":"old"}"#,
                ])
            let results = try response.results()
            let version = try #require(results[2]["version"] as? String)
            #expect(UInt64(version) != nil)
            let expected: [NSDictionary] = [
                ["value": NSNull(), "version": NSNull()], ["version": NSNull()], ["version": version],
                ["value": "text", "version": version], ["value": 2.5, "version": version],
                ["value": 3.5, "version": version], ["deleted": true], ["deleted": false],
                ["value": NSNull(), "version": NSNull()],
            ]
            #expect(results.map { $0 as NSDictionary } == expected)
            let read = try server.client.get("\(bucket)/k")
            #expect(read.text == "text")
            #expect(read["ETag"] == "\"\(version)\"")
            #expect(try server.client.get("\(bucket)/").text == "k\nn\n")
        }
    }

    @Test func anyJSONIsAValueAndComesBackAsItWasSent() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let values = [
                ("object", #"{ "b" : [1, 2.50, "ü\u00fc"],"a":null }"#), ("array", "[ ]"), ("true", "true"),
                ("null", "null"), ("float", "1.10"), ("number", "-12"), ("exponent", "1E5"),
            ]
            let operations = values.map { #"{"set":"\#($0)","value":\#($1)}"# } + [#"{"set":"text","value":"12\n"}"#]
            #expect(try server.client.transact(bucket, operations, [("Content-Type", "text/plain")]).status == 200)
            for (key, value) in values {
                let response = try server.client.get("\(bucket)/\(key)")
                #expect(response.text == value)
                if key != "number" { #expect(response["Content-Type"] == "application/json", "\(key)") }
            }
            #expect(try server.client.get("\(bucket)/text").text == "12\n")
            #expect(try server.client.patch("\(bucket)/number", "+1").text == "-11")
            let list = try server.client.get("\(bucket)/?values=true&format=json&prefix=t")
            #expect(list.text == #"[["text","12\n"],["true",true]]"#)
            let object = try server.client.get("\(bucket)/?values=true&format=json&prefix=o").json() as? [[Any]]
            #expect(object?.first?.last as? NSDictionary == ["b": [1, 2.5, "üü"], "a": NSNull()] as NSDictionary)
        }
    }

    @Test func keysAndValuesThatAreNotTextAreBase64() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.send("PUT", "\(bucket)/%FF", body: [0xFE, 0]).status == 200)
            let results = try server.client.transact(
                bucket, [#"{"get":{"base64":"/w=="}}"#, #"{"set":{"base64":"AP8="},"value":"v"}"#]
            ).results()
            #expect(results[0]["value"] as? [String: String] == ["base64": "/gA="])
            #expect(try server.client.get("\(bucket)/%00%FF").text == "v")
        }
    }

    @Test func aTimeToLiveCountsForItsKeyAlone() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            let response = try server.client.transact(
                bucket,
                [
                    #"{"set":"a","value":1,"ttl":0.2}"#, #"{"incr":"b","ttl":"0.2"}"#, #"{"set":"c","value":1}"#,
                    #"{"set":"d","value":1,"ttl":0}"#,
                ])
            #expect(response.status == 200)
            let areGone = try eventually(within: .seconds(5)) { try server.client.get("\(bucket)/").text == "c\nd\n" }
            #expect(areGone)
        }
    }

    @Test func whatFailsIsNamedAndNothingIsChanged() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            try server.client.put("\(bucket)/text", "coconut")
            let before = try server.client.get("\(bucket)/text")["ETag"]
            let failures = [
                (#"{"incr":"text"}"#, 400), (#"{"incr":"n","by":"x"}"#, 400), (#"{"incr":"n","by":1e999}"#, 400),
                (#"{"set":"k"}"#, 400), (#"{"set":"","value":1}"#, 400), (#"{"set":"k","value":1,"ttl":-1}"#, 400),
                (#"{"set":"k","value":1,"set":"l"}"#, 400), (#"{"set":"k","value":1,"get":"k"}"#, 400), ("{}", 400),
                ("[]", 400), (#"{"get":1}"#, 400), (#"{"get":{"base64":"*"}}"#, 400), (#"{"check":"text"}"#, 400),
                (#"{"set":"tokens/x","value":1}"#, 400), (#"{"delete":"scripts/x"}"#, 400),
                (#"{"set":"\#(String(repeating: "k", count: 129))","value":1}"#, 400),
                (#"{"set":"k","value":"\#(String(repeating: "v", count: 16385))"}"#, 400),
                (#"{"check":"text","version":null}"#, 412), (#"{"check":"text","version":"1"}"#, 412),
                (#"{"check":"none","version":"1"}"#, 412),
            ]
            for (operation, status) in failures {
                let response = try server.client.transact(
                    bucket,
                    [
                        #"{"set":"first","value":1}"#, #"{"delete":"text"}"#, #"{"set":"text","value":"coconut"}"#,
                        operation,
                    ])
                #expect(response.status == status, "\(operation.prefix(80))")
                #expect(response.text.hasPrefix("txn[3]: "), "\(operation.prefix(80)): \(response.text)")
            }
            for body in ["", "{", "[]", #"{"txn":{}}"#, #"{"txn":[],"txn":[]}"#, #"{"txn":[{"get":"k"}]} x"#] {
                #expect(try server.client.send("POST", bucket, body: Array(body.utf8)).status == 400, "\(body)")
            }
            #expect(try server.client.get("\(bucket)/").text == "text\n")
            let after = try server.client.get("\(bucket)/text")
            #expect(after["ETag"] == before)
            #expect(after.text == "coconut")
        }
    }

    @Test func aTransactionHasAMostSize() async throws {
        func operations(_ count: Int) -> [String] { (0..<count).map { #"{"set":"k\#($0)","value":\#($0)}"# } }
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.transact(bucket, operations(1001)).status == 400)
            #expect(try server.client.get("\(bucket)/").text == "")
            #expect(try server.client.transact(bucket, operations(1000)).results().count == 1000)
        }
        try await withServer(["--max-transaction-size", "3", "--open-buckets"]) { server throws in
            #expect(try server.client.transact("/bucket-of-choice", operations(4)).status == 400)
            #expect(try server.client.get("/bucket-of-choice/").status == 404)
            #expect(try server.client.transact("/bucket-of-choice", [#"{"get":"k"}"#]).status == 404)
            #expect(try server.client.transact("/bucket-of-choice", operations(3)).status == 200)
            #expect(try server.client.get("/bucket-of-choice/").text == "k0\nk1\nk2\n")
        }
    }

    @Test func eachOperationNeedsWhatItWouldNeedAlone() async throws {
        try await withServer { server in
            let client = server.client
            let bucket = try client.makeBucket("secret_key=s&read_key=r&write_key=w&signing_key=sign")
            let set = #"{"set":"app/k","value":1}"#
            let get = #"{"get":"app/k"}"#
            #expect(try client.transact(bucket, [set, get]).status == 401)
            #expect(try client.transact("\(bucket)?key=x", [set]).status == 401)
            #expect(try client.transact("\(bucket)?key=w", [set]).status == 200)
            #expect(try client.transact("\(bucket)?key=r", [get]).status == 200)
            #expect(try client.transact("\(bucket)?key=s", [set, get]).status == 200)
            for (key, operations) in [("w", [set, get]), ("r", [get, set])] {
                let refusal = try client.transact("\(bucket)?key=\(key)", operations)
                #expect(refusal.status == 403)
                #expect(refusal.text.hasPrefix("txn[1]: "))
            }
            let token = Authorization.bearer(
                try client.makeToken(bucket, "prefix=app/&permissions=read,write", secret: "s"))
            #expect(try client.transact(bucket, [set, get, #"{"delete":"app/k"}"#], [token]).status == 200)
            for outside in [#"{"get":"apple"}"#, #"{"check":"b","version":null}"#, #"{"incr":"b"}"#] {
                let refusal = try client.transact(bucket, [set, outside], [token])
                #expect(refusal.status == 403)
                #expect(refusal.text.hasPrefix("txn[1]: "), "\(refusal.text)")
            }
            #expect(try client.get("\(bucket)/?key=s").text == "")
        }
    }
}
