import HTTPServer
import Testing

@testable import KVdbAPI

@Suite("Requests for tokens, and with them")
struct TokenRequestTests {
    private let clock = TestClock()
    private let manager = basic("s")

    private func make() throws -> TestAPI {
        let clock = clock
        return try TestAPI.make(clock: { clock.now })
    }

    /// The token that a bucket with the secret key `s` makes of settings written as a form.
    private func token(_ test: TestAPI, _ bucket: String, _ form: String) async throws -> String {
        let answer = try await test.send(.post, "/\(bucket)/tokens/", form, [manager, ("Accept", "text/plain")])
        #expect(answer.status == 200)
        return answer.text
    }

    private func bearer(_ token: String) -> (String, String) { ("Authorization", "Bearer \(token)") }

    @Test("A token is a JWT of the documented claims, as JSON or as text")
    func minting() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&signing_key=k")
        let answer = try await test.send(
            .post, "/\(bucket)/tokens/", "prefix=user:%221:&permissions=delete,+write+,read&ttl=60", [manager])
        #expect(answer.status == 200)
        #expect(answer.field("Content-Type") == "application/json")
        #expect(answer.field("Cache-Control") == "no-store")
        #expect(answer.text.hasPrefix(#"{"access_token":""#) && answer.text.hasSuffix(#""}"#))
        let token = String(answer.text.dropFirst(17).dropLast(2))
        let parts = token.split(separator: ".")
        try #require(parts.count == 3)
        #expect(TestJWT.decode(parts[0]) == TestJWT.header)
        let now = clock.seconds
        #expect(
            TestJWT.decode(parts[1])
                == #"{"aud":"\#(bucket)","iat":\#(now),"exp":\#(now + 60),"prefix":"user:\"1:","permissions":["read","write","delete"]}"#
        )
        #expect(TestJWT.encode(TestJWT.signature(of: "\(parts[0]).\(parts[1])", key: "k")) == parts[2])

        let text = try await test.send(
            .post, "/\(bucket)/tokens/", #"{"permissions":"enumerate"}"#, [manager, ("Accept", "text/plain")])
        #expect(text.field("Content-Type") == "text/plain; charset=utf-8")
        #expect(text.field("Cache-Control") == "no-store")
        let claims = try #require(TestJWT.claims(of: text.text))
        #expect(claims.contains(#""exp":\#(now + 3600),"prefix":"","permissions":["enumerate"]"#))
        for target in ["tokens%2F", "%74okens/", "tokens/?permissions=read&prefix=a&ttl=3155760000"] {
            let body = target.contains("?") ? "" : "permissions=read"
            #expect(try await test.send(.post, "/\(bucket)/\(target)", body, [manager]).status == 200, "\(target)")
        }
        try await test.close()
    }

    @Test("A prefix may be any bytes")
    func binaryPrefix() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&read_key=r&signing_key=k")
        for key in ["%FF%00", "%FE", "%00"] {
            #expect(try await test.send(.put, "/\(bucket)/\(key)", "v").status == 200)
        }
        let binary = try await token(test, bucket, "prefix=%FF&permissions=read")
        let claims = try #require(TestJWT.claims(of: binary))
        #expect(claims.contains(#""prefix":{"base64":"/w=="}"#))
        #expect(try await test.send(.get, "/\(bucket)/%FF%00", "", [bearer(binary)]).status == 200)
        #expect(try await test.send(.get, "/\(bucket)/%FE", "", [bearer(binary)]).status == 403)
        let zero = try await token(test, bucket, "prefix=%00&permissions=read")
        #expect(try await test.send(.get, "/\(bucket)/%00", "", [bearer(zero)]).status == 200)
        #expect(try await test.send(.get, "/\(bucket)/%FF%00", "", [bearer(zero)]).status == 403)
        try await test.close()
    }

    @Test("What makes no token says why")
    func mintingErrors() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&write_key=w&signing_key=k")
        let path = "/\(bucket)/tokens/"
        for form in [
            "", "permissions=", "permissions=manage", "permissions=read,", "permissions=read,,write",
            "permissions=READ",
            "permissions=read;write",
        ] {
            let answer = try await test.send(.post, path, form, [manager])
            #expect(answer.status == 400, "\(form)")
            #expect(answer.text.contains("read, write, enumerate, delete"))
        }
        let key = String(repeating: "k", count: 129)
        for form in [
            "permissions=read&ttl=0", "permissions=read&ttl=-1", "permissions=read&ttl=1.5", "permissions=read&ttl=",
            "permissions=read&ttl=3155760001", "permissions=read&ttl=99999999999999999999", "permissions=read&ttl=1h",
            "permissions=read&prefix=\(key)", "permissions=read&permissions=read", "permissions=read&prefix=%zz",
            #"{"permissions":"read","prefix":1.50}"#, #"{"permissions":["read"]}"#, "{",
        ] {
            #expect(try await test.send(.post, path, form, [manager]).status == 400, "\(form)")
        }
        let form = "permissions=read"
        #expect(try await test.send(.post, path, form).status == 401)
        #expect(try await test.send(.post, path, form, [basic("x")]).status == 401)
        #expect(try await test.send(.post, path, form, [basic("w")]).status == 403)
        for method in [Method.get, .head, .put, .patch, .delete] {
            let answer = try await test.send(method, path, "", [manager])
            #expect(answer.status == 405)
            #expect(answer.field("Allow") == "POST, OPTIONS")
        }
        let preflight = try await test.send(.options, path)
        #expect(preflight.status == 200)
        #expect(preflight.field("Access-Control-Allow-Methods") == "POST, OPTIONS")
        #expect(try await test.send(.post, "\(path)x", form, [manager]).status == 404)
        #expect(try await test.send(.post, "/AAAAAAAAAAAAAAAAAAAAAA/tokens/", form, [manager]).status == 404)

        let unsigned = try await test.makeBucket("secret_key=s")
        let refusal = try await test.send(.post, "/\(unsigned)/tokens/", form, [manager])
        #expect(refusal.status == 403)
        #expect(
            refusal.text
                == "this bucket has no signing_key, so no token can be made; PATCH the bucket with one\n")
        let unmanaged = try await test.makeBucket("signing_key=k")
        #expect(try await test.send(.post, "/\(unmanaged)/tokens/", form).status == 403)
        try await test.close()
    }

    @Test("A prefix that makes a token too long to be taken is refused")
    func longPrefix() async throws {
        var options = KVdbOptions()
        options.maxKeySize = 8192
        let test = try TestAPI.make(options: options)
        let bucket = try await test.makeBucket("secret_key=s&signing_key=k")
        func answer(_ count: Int) async throws -> Answer {
            let prefix = String(repeating: "p", count: count)
            return try await test.send(
                .post, "/\(bucket)/tokens/", "permissions=read&prefix=\(prefix)", [manager, ("Accept", "text/plain")])
        }
        let longest = try await answer(5800)
        #expect(longest.status == 200)
        #expect(try await test.send(.get, "/\(bucket)/k", "", [bearer(longest.text)]).status == 403)
        #expect(try await answer(8192).status == 400)
        try await test.close()
    }

    @Test("The settings of a token have a limit of their own, whatever that of values is")
    func smallValues() async throws {
        var options = KVdbOptions()
        options.maxValueSize = 1
        let test = try TestAPI.make(options: options)
        let bucket = try await test.makeBucket("secret_key=s&signing_key=k")
        #expect(try await test.send(.post, "/\(bucket)/tokens/", "permissions=read", [manager]).status == 200)
        try await test.close()
    }

    @Test("A token goes wherever a credential goes")
    func placement() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&read_key=r&signing_key=k")
        _ = try await test.send(.put, "/\(bucket)/k", "v")
        let token = try await token(test, bucket, "permissions=read")
        for header in [bearer(token), basic(token)] {
            #expect(try await test.send(.get, "/\(bucket)/k", "", [header]).text == "v")
        }
        for name in ["access_token", "key"] {
            #expect(try await test.send(.get, "/\(bucket)/k?\(name)=\(token)").text == "v")
        }
        let wrong = try await test.send(.get, "/\(bucket)/k", "", [bearer(token + "x")])
        #expect(wrong.status == 401)
        #expect(wrong.text.hasPrefix("this access token is not valid for this bucket; "))
        #expect(wrong.field("WWW-Authenticate") != nil)
        #expect(!wrong.text.contains(token))
        try await test.close()
    }

    @Test("A token ends with its time, a changed signing key and its bucket, however often it was used")
    func ends() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&signing_key=k")
        _ = try await test.send(.put, "/\(bucket)/k", "v")
        let short = try await token(test, bucket, "permissions=read&ttl=10")
        let long = try await token(test, bucket, "permissions=read&ttl=1000")
        func status(_ token: String) async throws -> Int {
            try await test.send(.get, "/\(bucket)/k", "", [bearer(token)]).status
        }
        func change(_ form: String) async throws {
            #expect(try await test.send(.patch, "/\(bucket)", form, [manager]).status == 200)
        }
        for _ in 0..<2 { #expect(try await status(short) == 200) }
        clock.advance(seconds: 10)
        #expect(try await status(short) == 401)
        #expect(try await test.send(.get, "/\(bucket)/k", "", [bearer(short)]).text.contains("has expired"))
        for _ in 0..<2 { #expect(try await status(long) == 200) }
        try await change("signing_key=k")
        for _ in 0..<2 { #expect(try await status(long) == 200) }
        try await change("read_key=r")
        for _ in 0..<2 { #expect(try await status(long) == 200) }
        try await change("signing_key=other")
        #expect(try await status(long) == 401)
        try await change("signing_key=")
        #expect(try await status(long) == 401)
        try await change("signing_key=k")
        for _ in 0..<2 { #expect(try await status(long) == 200) }
        #expect(try await test.send(.delete, "/\(bucket)", "", [manager]).status == 200)
        #expect(try await status(long) == 410)
        try await test.close()
    }

    @Test("A token is good for its own bucket only, though another has the same signing key")
    func otherBucket() async throws {
        let test = try make()
        let one = try await test.makeBucket("secret_key=s&signing_key=k")
        let two = try await test.makeBucket("secret_key=s&signing_key=k")
        let token = try await token(test, one, "permissions=write")
        for _ in 0..<2 {
            #expect(try await test.send(.put, "/\(one)/k", "v", [bearer(token)]).status == 200)
            #expect(try await test.send(.put, "/\(two)/k", "v", [bearer(token)]).status == 401)
        }
        try await test.close()
    }

    @Test("An access key of three parts with dots is no token")
    func dottedKey() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&read_key=a.b.c&signing_key=k")
        _ = try await test.send(.put, "/\(bucket)/k", "v")
        for _ in 0..<2 { #expect(try await test.send(.get, "/\(bucket)/k", "", [basic("a.b.c")]).status == 200) }
        #expect(try await test.send(.patch, "/\(bucket)", "email=a@b.c", [basic("a.b.c")]).status == 403)
        try await test.close()
    }
}
