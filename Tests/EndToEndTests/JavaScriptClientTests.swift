import Foundation
import Testing

/// KVdb's JavaScript client: it asks for JSON on every request, and takes 200 alone for success.
@Suite(.server)
struct JavaScriptClientTests {
    private static let accept = ("Accept", "application/json")

    @Test func aNewBucketAnswersWithItsIDAsJSON() async throws {
        try await withServer { server in
            let response = try server.client.send(
                "POST", "/", [Self.accept], body: Array("email=user@example.com".utf8))
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            let object = try #require(try response.json() as? [String: String])
            #expect(Set(object.keys) == ["id", "bucket_id"])
            #expect(object["id"] == object["bucket_id"])
            let id = try #require(object["id"])
            #expect(try server.client.get("/\(id)/", [Self.accept]).text == "[]")
        }
    }

    @Test func keysAreSetReadIncrementedAndDeleted() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&write_key=w")
            let headers = [Self.accept, Authorization.bearer("w")]
            let set = try server.client.put("\(bucket)/greeting", "hello", headers)
            #expect(set.status == 200)
            #expect(set.body.isEmpty)
            let get = try server.client.get("\(bucket)/greeting", [Self.accept])
            #expect(get.status == 200)
            #expect(get.text == "hello")
            for (change, sum) in [("+1", "1"), ("+1", "2"), ("-1", "1"), ("0", "1"), ("-1", "0"), ("-1", "-1")] {
                let patch = try server.client.patch("\(bucket)/count", change, headers)
                #expect(patch.status == 200)
                #expect(patch.text == sum, "\(change)")
            }
            #expect(try server.client.delete("\(bucket)/greeting", headers).status == 200)
            let missing = try server.client.get("\(bucket)/greeting", [Self.accept])
            #expect(missing.status == 404)
            #expect(try missing.json() is [String: String])
            #expect(try server.client.put("\(bucket)/greeting", "x", [Self.accept]).status == 401)
        }
    }

    @Test func listsTakeSkipLimitReversePrefixAndValues() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            for index in 0..<6 { #expect(try server.client.put("\(bucket)/k\(index)", "v\(index)").status == 200) }
            #expect(try server.client.put("\(bucket)/other", "7").status == 200)
            func list(_ query: String) throws -> String {
                let response = try server.client.get("\(bucket)/?\(query)", [Self.accept])
                #expect(response.status == 200)
                #expect(response["Content-Type"] == "application/json")
                return response.text
            }
            #expect(try list("") == #"["k0","k1","k2","k3","k4","k5","other"]"#)
            #expect(try list("skip=2&limit=2") == #"["k2","k3"]"#)
            #expect(try list("reverse=true&limit=2") == #"["other","k5"]"#)
            #expect(try list("reverse=true&skip=1&limit=2&prefix=k") == #"["k4","k3"]"#)
            #expect(try list("prefix=o&values=true") == #"[["other",7]]"#)
            #expect(try list("values=true&prefix=k0&_cb=12345") == #"[["k0","v0"]]"#)
            #expect(try list("prefix=zzz") == "[]")
        }
    }

    @Test func anErrorIsJSONWithOneName() async throws {
        try await withServer { server in
            let response = try server.client.get("/nosuchbucketanywhere12/key", [Self.accept])
            #expect(response.status == 404)
            #expect(response["Content-Type"] == "application/json")
            let object = try #require(try response.json() as? [String: String])
            #expect(object.keys.map { $0 } == ["error"])
            #expect(object["error"]?.contains("\n") == false)
        }
    }
}
