import HTTPServer
import Testing

@testable import KVdbAPI

@Suite("Requests for buckets")
struct BucketRequestTests {
    @Test("A bucket is made with no body, a form, JSON or a query, and answers its id")
    func creation() async throws {
        let test = try TestAPI.make()
        let plain = try await test.send(.post, "/")
        #expect(plain.status == 200)
        #expect(plain.bytes.count == 22)
        #expect(plain.text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        let json = try await test.send(.post, "/", #"{"email":"a@b.c"}"#, [("Accept", "application/json")])
        #expect(json.text.hasPrefix(#"{"id":""#) && json.text.contains(#""bucket_id":""#))
        for (target, body) in [
            ("/", "secret_key=s"), ("/?secret_key=s", ""), ("/", #"{"secret_key":"s","default_ttl":5}"#),
            ("/?_cb=1", "secret_key=s&unknown=1"),
        ] {
            let id = try await test.send(.post, target, body).text
            #expect(try await test.send(.get, "/\(id)/").status == 401, "\(target) \(body)")
            #expect(try await test.send(.get, "/\(id)/", "", [basic("s")]).status == 200)
        }
        try await test.close()
    }

    @Test(
        "Settings that make no sense are refused",
        arguments: [
            "default_ttl=9223372036854775", #"{"secret_key":12345678901234567890}"#, #"{"read_key":1.50}"#,
            "email=nobody", "email=a@b@c", "default_ttl=-1", "default_ttl=x", "default_ttl=9223372036854775807",
            "secret_key=a&secret_key=b", "email=%zz", #"{"email":1,"email":2}"#, "{", #"{"email":["a@b"]}"#,
        ])
    func badSettings(body: String) async throws {
        let test = try TestAPI.make()
        #expect(try await test.send(.post, "/", body).status == 400)
        try await test.close()
    }

    @Test("A multipart form is refused rather than taken for no settings")
    func multipart() async throws {
        let test = try TestAPI.make()
        let type = ("Content-Type", "multipart/form-data; boundary=x")
        #expect(try await test.send(.post, "/", "--x\r\n", [type]).status == 400)
        try await test.close()
    }

    @Test("Settings are changed and cleared under the secret key")
    func updates() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket("secret_key=supersecret")
        #expect(try await test.send(.patch, "/\(id)", "write_key=knock").status == 401)
        #expect(try await test.send(.patch, "/\(id)", "write_key=knock", [basic("supersecret")]).status == 200)
        #expect(try await test.send(.put, "/\(id)/k", "v").status == 401)
        #expect(try await test.send(.put, "/\(id)/k", "v", [basic("knock")]).status == 200)
        #expect(try await test.send(.patch, "/\(id)/", "write_key=", [basic("supersecret")]).status == 200)
        #expect(try await test.send(.put, "/\(id)/k", "v").status == 200)
        #expect(try await test.send(.patch, "/\(id)", "secret_key=", [basic("supersecret")]).status == 400)
        #expect(try await test.send(.patch, "/\(id)", "secret_key=new", [basic("supersecret")]).status == 200)
        #expect(try await test.send(.patch, "/\(id)", "email=a@b.c", [basic("supersecret")]).status == 401)
        #expect(try await test.send(.patch, "/\(id)", "email=a@b.c", [basic("new")]).status == 200)
        try await test.close()
    }

    @Test("Settings are shown under the secret key, and no key is among them")
    func shownSettings() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket(
            "secret_key=hush&write_key=knock&signing_key=sign&email=a@b.c&default_ttl=60")
        let target = "/\(id)/?settings=true"
        #expect(try await test.send(.get, target).status == 401)
        #expect(try await test.send(.get, target, "", [basic("knock")]).status == 403)
        let answer = try await test.send(.get, target, "", [basic("hush")])
        #expect(
            answer.text == #"{"id":"\#(id)","email":"a@b.c","default_ttl":60,"#
                + #""secret_key":true,"read_key":false,"write_key":true,"signing_key":true}"#)
        #expect(answer.field("Content-Type") == "application/json" && answer.field("Cache-Control") == "no-store")
        let open = try await test.makeBucket()
        #expect(try await test.send(.get, "/\(open)?settings=true").status == 403)
        #expect(try await test.send(.get, "/\(open)?settings=maybe").status == 400)
        #expect(try await test.send(.get, "/\(open)?settings=false").status == 200)
        let bare = try await test.makeBucket("secret_key=s")
        let text = try await test.send(.get, "/\(bare)?settings=1", "", [basic("s")]).text
        #expect(text.contains(#""email":null,"default_ttl":604800,"secret_key":true,"read_key":false"#))
        try await test.close()
    }

    @Test("A bucket without a secret key has no management")
    func unmanaged() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket()
        #expect(try await test.send(.patch, "/\(id)", "secret_key=s").status == 403)
        #expect(try await test.send(.delete, "/\(id)/").status == 403)
        try await test.close()
    }

    @Test("A deleted bucket is 410, one that never was 404")
    func deletion() async throws {
        let test = try TestAPI.make()
        let id = try await test.makeBucket("secret_key=s")
        _ = try await test.send(.put, "/\(id)/k", "v")
        #expect(try await test.send(.delete, "/\(id)", "", [basic("s")]).status == 200)
        for (method, path) in [(Method.get, "/\(id)/k"), (.get, "/\(id)/"), (.put, "/\(id)/k"), (.delete, "/\(id)")] {
            #expect(try await test.send(method, path, "", [basic("s")]).status == 410)
        }
        #expect(try await test.send(.get, "/AAAAAAAAAAAAAAAAAAAAAA/").status == 404)
        #expect(try await test.send(.get, "/no%20bucket/k").status == 404)
        try await test.close()
    }
}
