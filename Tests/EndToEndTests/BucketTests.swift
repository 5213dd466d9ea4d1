import Foundation
import Testing

/// The life of a bucket.
@Suite(.server)
struct BucketTests {
    @Test func settingsAreChangedAndClearedByTheSecretKey() async throws {
        try await withServer { server in
            let client = server.client
            let bucket = try client.makeBucket("secret_key=s&read_key=r&write_key=w")
            #expect(try client.get("\(bucket)/k").status == 401)
            #expect(try client.patch("\(bucket)/?key=s", "read_key=&write_key=").status == 200)
            #expect(try client.put("\(bucket)/k", "v").status == 200)
            #expect(try client.get("\(bucket)/k").text == "v")
            #expect(try client.get("\(bucket)/k?key=r").status == 401)
            #expect(try client.patch("\(bucket)?key=s", "secret_key=t&read_key=q").status == 200)
            #expect(try client.patch("\(bucket)?key=s", "read_key=").status == 401)
            #expect(try client.get("\(bucket)/k?key=q").text == "v")
            #expect(try client.get("\(bucket)/k?key=t").text == "v")
        }
    }

    @Test func theSecretKeyIsNeverCleared() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s")
            #expect(try server.client.patch("\(bucket)?key=s", "secret_key=&read_key=r").status == 400)
            // Nothing of the refused change was made.
            #expect(try server.client.get("\(bucket)/k").status == 404)
            #expect(try server.client.delete("\(bucket)?key=s").status == 200)
        }
    }

    @Test func aBucketWithoutASecretHasNoManagement() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("read_key=r")
            for credential in ["", "?key=r", "?key=anything"] {
                #expect(try server.client.patch("\(bucket)\(credential)", "secret_key=mine").status == 403)
                #expect(try server.client.delete("\(bucket)/\(credential)").status == 403)
            }
            #expect(try server.client.get("\(bucket)/?key=r").status == 200)
        }
    }

    @Test func aDeletedBucketIsGoneForEachRequest() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s")
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            #expect(try server.client.delete("\(bucket)/?key=s").status == 200)
            #expect(try server.client.get("\(bucket)/k").status == 410)
            #expect(try server.client.send("HEAD", "\(bucket)/k").status == 410)
            #expect(try server.client.get("\(bucket)/?key=s").status == 410)
            #expect(try server.client.put("\(bucket)/k", "v").status == 410)
            #expect(try server.client.patch("\(bucket)/k", "+1").status == 410)
            #expect(try server.client.delete("\(bucket)/k").status == 410)
            #expect(try server.client.patch("\(bucket)?key=s", "read_key=r").status == 410)
            #expect(try server.client.delete("\(bucket)/?key=s").status == 410)
        }
    }

    @Test func aDeletedBucketStaysGoneAfterARestart() async throws {
        let folder = try TemporaryFolder()
        var server = try ServerProcess(data: folder.file("data"))
        let deleted = try server.client.makeBucket("secret_key=s")
        let kept = try server.client.makeBucket("secret_key=s")
        for bucket in [deleted, kept] { #expect(try server.client.put("\(bucket)/k", "v").status == 200) }
        #expect(try server.client.delete("\(deleted)/?key=s").status == 200)
        #expect(try server.stop() == .code(0))
        server = try ServerProcess(data: folder.file("data"))
        #expect(try server.client.get("\(deleted)/k").status == 410)
        #expect(try server.client.get("\(kept)/k").text == "v")
        #expect(try server.client.get("\(kept)/?key=s").text == "k\n")
        #expect(try server.stop() == .code(0))
    }

    @Test func anUnknownBucketIsNotFound() async throws {
        try await withServer { server in
            let long = "/" + String(repeating: "x", count: 300)
            for path in ["/N7cmQg1DwZbADh2Hu3NncF", "/short", "/no%20bucket", long] {
                let responses = [
                    try server.client.get("\(path)/"), try server.client.get("\(path)/key"),
                    try server.client.put("\(path)/key", "v"), try server.client.patch("\(path)/", "read_key=r"),
                    try server.client.delete("\(path)/"),
                ]
                #expect(responses.map(\.status) == [404, 404, 404, 404, 404], "\(path)")
            }
        }
    }

    @Test func settingsComeAsAFormAsJSONInTheQueryOrNotAtAll() async throws {
        try await withServer { server in
            let client = server.client
            func secretIsSet(_ response: HTTPResponse) throws -> Bool {
                #expect(response.status == 200, "\(response.text)")
                return try client.get("/\(response.text)/?key=s").status == 200
            }
            let form = [("Content-Type", "application/x-www-form-urlencoded")]
            let json = [("Content-Type", "application/json")]
            #expect(try secretIsSet(client.send("POST", "/", form, body: Array("secret_key=s".utf8))))
            #expect(
                try secretIsSet(
                    client.send("POST", "/", json, body: Array(#"{"secret_key":"s","default_ttl":60}"#.utf8))))
            #expect(try secretIsSet(client.send("POST", "/", form, body: Array(#" {"secret_key":"s"}"#.utf8))))
            #expect(try secretIsSet(client.send("POST", "/?secret_key=s&_cb=1")))
            let bare = try client.send("POST", "/")
            #expect(bare.status == 200)
            #expect(try client.get("/\(bare.text)/").status == 200)
            let empty = try client.send("POST", "/", json, body: [])
            #expect(empty.status == 200)
        }
    }

    @Test(arguments: [
        #"{"secret_key":"a","secret_key":"b"}"#, #"{"secret_key":"a","secret\u005fkey":"b"}"#, #"{"secret_key":"a""#,
        #"["secret_key"]"#, #"{"secret_key":{"a":"b"}}"#, #"{"secret_key":["a"]}"#, "{}{}", "{\"email\":\"\u{7f}\"}",
        #"{"default_ttl":-1}"#, #"{"default_ttl":1e300}"#, #"{"default_ttl":1.5}"#,
    ])
    func jsonSettingsThatAreBrokenOrNameOneTwiceAreRefused(_ body: String) async throws {
        try await withServer { server in
            let json = [("Content-Type", "application/json")]
            let response = try server.client.send("POST", "/", json, body: Array(body.utf8))
            #expect(response.status == 400)
        }
    }

    @Test func deeplyNestedJSONIsRefusedAndTheServerLives() async throws {
        try await withServer { server in
            let json = [("Content-Type", "application/json")]
            for part in ["[", #"{"a":"#, #"{"email":["#] {
                let body = String(repeating: part, count: 60_000 / part.utf8.count)
                let response = try server.client.send("POST", "/", json, body: Array(body.utf8))
                #expect(response.status == 400)
            }
            #expect(try server.client.send("POST", "/").status == 200)
        }
    }

    @Test(arguments: [
        "email=nobody", "email=@example.com", "email=a@", "email=a@b@c", "email=a%20b@example.com", "email=%zz",
        "email=%ff@a",
        "secret_key=a&secret_key=b", "default_ttl=x", "default_ttl=", "default_ttl=-1", "default_ttl=1.5",
    ])
    func badSettingsAreRefusedWithALineThatSaysWhy(_ form: String) async throws {
        try await withServer { server in
            let response = try server.client.send("POST", "/", body: Array(form.utf8))
            #expect(response.status == 400)
            #expect(response.text.hasSuffix("\n"))
            #expect(response.text.split(separator: "\n").count == 1)
        }
    }
}
