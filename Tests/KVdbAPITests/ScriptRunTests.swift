import HTTPServer
import Synchronization
import Testing

@testable import KVdbAPI
@testable import KeyValueStore
@testable import LuaScripting

@Suite("Runs of scripts")
struct ScriptRunTests {
    private let clock = TestClock()
    private let manager = basic("s")

    private func make(options: KVdbOptions = KVdbOptions(), maxScripts: Int = 256) throws -> TestAPI {
        let clock = clock
        return try TestAPI.make(options: options, maxScripts: maxScripts, clock: { clock.now })
    }

    /// Puts a source as `script` into a bucket with the secret key `s`.
    private func put(_ test: TestAPI, _ bucket: String, _ source: String, as name: String = "script") async throws {
        let answer = try await test.send(.put, "/\(bucket)/scripts/\(name)", source, [manager])
        #expect(answer.status == 200, "\(answer.text)")
    }

    private func bearer(_ token: String) -> (String, String) { ("Authorization", "Bearer \(token)") }

    @Test("A script answers anyone, in a bucket that nobody else may read or write")
    func publicScript() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&read_key=r&write_key=w")
        try await put(test, bucket, "kvdb.say('visit ', kvdb.incr('visits'))")
        for number in 1...3 {
            let answer = try await test.send(.get, "/\(bucket)/scripts/script", "")
            #expect(answer.status == 200)
            #expect(answer.text == "visit \(number)\n")
            #expect(answer.field("Content-Type") == "text/plain; charset=utf-8")
            #expect(answer.field("X-Content-Type-Options") == "nosniff")
            #expect(answer.field("Content-Security-Policy")?.hasPrefix("sandbox ") == true)
        }
        #expect(try await test.send(.get, "/\(bucket)/visits", "").status == 401)
        #expect(try await test.send(.get, "/\(bucket)/visits", "", [basic("r")]).text == "3")
        try await test.close()
    }

    @Test("The query, a form of either kind and a JSON object are its variables")
    func variables() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s")
        let source = """
            local v = kvdb.var
            kvdb.print(v.method, "|", v.uri, "|", v.a, "|", v.b, "|", v.c, "|", v.key, "|", #v.body, "|", v.remote_addr)
            """
        try await put(test, bucket, source)
        let path = "/\(bucket)/scripts/script"
        #expect(
            try await test.send(.get, path + "?a=1&a=2&b=x+y%21&key=mine&method=no", "").text
                == "GET|\(path)|2|x y!|nil|mine|0|")
        let form = ("Content-Type", "application/x-www-form-urlencoded")
        #expect(try await test.send(.post, path + "?a=1&c=3", "a=2&b=%26", [form]).text == "POST|\(path)|2|&|3|nil|9|")
        let json = #"{"a":"\u00e9","b":[1, {"x":null}],"c":1.50,"d":null}"#
        for type in ["application/json; charset=utf-8", "application/x-www-form-urlencoded"] {
            let answer = try await test.send(.post, path, json, [("Content-Type", type)])
            #expect(answer.text == #"POST|\#(path)|é|[1, {"x":null}]|1.50|nil|\#(json.utf8.count)|"#)
        }
        let multipart = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nfrom a part\r\n--x--\r\n"
        #expect(
            try await test.send(.post, path, multipart, [("Content-Type", "multipart/form-data; boundary=x")]).text
                == "POST|\(path)|from a part|nil|nil|nil|\(multipart.utf8.count)|")
        for (type, body) in [("application/json", "{broken"), ("text/plain", "a=1"), ("image/png", "\u{0}%%%")] {
            let answer = try await test.send(.post, path, body, [("Content-Type", type)])
            #expect(answer.text == "POST|\(path)|nil|nil|nil|nil|\(body.utf8.count)|")
        }
        #expect(try await test.send(.get, path + "?a=%zz", "").status == 400)
        try await put(
            test, bucket,
            "local v = kvdb.var kvdb.print(v.http_x_signature, '|', v.http_x_none, '|', v.http_accept, '|', v.http_authorization)"
        )
        let headers = [("X-Signature", "a"), ("x-signature", "b"), ("Accept", "*/*"), manager]
        #expect(
            try await test.send(.get, path + "?http_x_none=forged&http_authorization=forged", "", headers).text
                == "a, b|nil|*/*|nil")
        try await test.close()
    }

    @Test("Status, fields and body are the script's, but not what is the server's")
    func answers() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/script"
        try await put(
            test, bucket,
            "kvdb.status = 418 kvdb.header['Content-Type'] = 'text/html' kvdb.header['x-a'] = 1 kvdb.print('<p>')")
        var answer = try await test.send(.get, path, "")
        #expect(answer.status == 418)
        #expect(answer.fields.filter { $0.name.lowercased() == "content-type" }.map(\.value) == ["text/html"])
        #expect(answer.field("x-a") == "1")
        #expect(answer.text == "<p>")
        try await put(test, bucket, "kvdb.print('\\255')")
        #expect(try await test.send(.get, path, "").field("Content-Type") == "application/octet-stream")
        try await put(test, bucket, "kvdb.set('a', 1) kvdb.redirect('https://example.com/?q=1', 303)")
        answer = try await test.send(.get, path, "")
        #expect(answer.status == 303)
        #expect(answer.field("Location") == "https://example.com/?q=1")
        for name in [
            "Content-Length", "transfer-encoding", "Connection", "Access-Control-Allow-Origin", "Set-Cookie",
            "Clear-Site-Data", "NEL", "WWW-Authenticate", "X-Accel-Redirect", "X-Sendfile", "Service-Worker-Allowed",
        ] {
            try await put(test, bucket, "kvdb.set('a', 2) kvdb.header['\(name)'] = '1'")
            answer = try await test.send(.get, path, "")
            #expect(answer.status == 500)
            #expect(answer.text.contains(name))
        }
        try await put(test, bucket, "kvdb.status = 205 kvdb.say('none')")
        #expect(try await test.send(.get, path, "").bytes.isEmpty)
        try await put(test, bucket, "kvdb.header['Content-Type'] = 'a/b' kvdb.header['content-type'] = 'c/d'")
        #expect(try await test.send(.get, path, "").text.contains("content-type twice"))
        #expect(try await test.send(.get, "/\(bucket)/a", "").text == "1")
        try await test.close()
    }

    @Test("Called with a token, it is held to the token; a bad credential is refused before it begins")
    func tokens() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s&signing_key=k")
        let source = """
            local function try(f, ...)
                local ok, error = pcall(f, ...)
                kvdb.say(ok or error:match("forbidden: .*"))
            end
            try(kvdb.set, "user:1:a", 1)
            try(kvdb.get, "user:1:a")
            try(kvdb.set, "user:2:a", 1)
            try(kvdb.get, "user:2:a")
            try(kvdb.incr, "user:2:a")
            try(kvdb.delete, "user:2:a")
            try(kvdb.list, {prefix = "user:2:"})
            kvdb.say(#kvdb.list())
            kvdb.say(kvdb.access_token{prefix = "user:1:x", permissions = {"read"}} ~= nil)
            kvdb.say(select(2, kvdb.access_token{prefix = "user:1:", permissions = {"delete"}}))
            kvdb.say(select(2, kvdb.access_token{prefix = "", permissions = {"read"}}))
            """
        try await put(test, bucket, source)
        let path = "/\(bucket)/scripts/script"
        let form = "prefix=user:1:&permissions=read,write&ttl=60"
        let token = try await test.send(.post, "/\(bucket)/tokens/", form, [manager, ("Accept", "text/plain")]).text
        let away = "forbidden: this access token reaches only keys that begin with its prefix; ask for another one"
        let less = "forbidden: the caller's access token reaches less than this one would"
        let expected = ["true", "true", away, away, away, away, away, "1", "true", less, less]
        for (target, headers) in [(path, [bearer(token)]), (path + "?access_token=\(token)", [])] {
            let answer = try await test.send(.get, target, "", headers)
            #expect(answer.text.split(separator: "\n").map(String.init) == expected)
        }
        #expect(try await test.send(.get, path, "").text.hasSuffix("1\ntrue\n\n\n"))
        try await put(
            test, bucket,
            "kvdb.print(kvdb.var.access_token or kvdb.access_token{permissions = {'read'}, prefix = 'user:1:', ttl = 9999})",
            as: "mint")
        let minted = try await test.send(.get, "/\(bucket)/scripts/mint?access_token=\(token)", "").text
        let claims = try #require(TestJWT.claims(of: minted))
        #expect(claims.contains("\"exp\":\(clock.seconds + 60),"))
        for headers in [[bearer(token + "x")], [basic("wrong")], [bearer("a.b.c")]] {
            #expect(try await test.send(.get, path, "", headers).status == 401)
        }
        #expect(try await test.send(.get, path + "?access_token=a.b.c", "").status == 401)
        clock.advance(seconds: 61)
        #expect(try await test.send(.get, path, "", [bearer(token)]).status == 401)
        try await test.close()
    }

    @Test("What fails or goes over a limit writes nothing, says why, and leaves the next run alone")
    func failures() async throws {
        var options = KVdbOptions()
        options.scriptLimits.cpuTime = .milliseconds(30)
        options.scriptLimits.reads = 20
        options.scriptLimits.writes = 10
        let test = try make(options: options)
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/script"
        let over = ", and nothing that it wrote took effect\n"
        let cases: [(String, String)] = [
            ("local x = nil .. 'x'", "script:2: attempt to concatenate a nil value\n"),
            ("error('mine', 0)", "script: mine\n"),
            ("error('mine')", "script:2: mine\n"),
            ("while true do end", "limit cpu: the script took more than 30 ms of CPU time" + over),
            (
                "local s = 'x' while true do s = s .. s end",
                "limit memory: the script took more than 16777216 bytes of memory" + over
            ),
            (
                "while true do kvdb.say(('x'):rep(10000)) end",
                "limit output: the script took more than 1048576 bytes of output" + over
            ),
            (
                "for i = 1, 21 do pcall(kvdb.get, 'k' .. i) end",
                "limit reads: the script took more than 20 reads" + over
            ),
            (
                "for i = 1, 20 do pcall(kvdb.set, 'k' .. i, i) end",
                "limit writes: the script took more than 10 writes" + over
            ),
            ("kvdb.set('n', ('x'):rep(100000))", "script:2: the value has 100000 bytes, and the limit is 16384\n"),
            (
                "kvdb.set(('k'):rep(200), 1)",
                "script:2: the key has 200 bytes, and the limit is 128; choose a shorter one\n"
            ),
            (
                "kvdb.set('scripts/x', 1)",
                "script:2: a key can't begin with tokens/ or scripts/, which are paths of the bucket\n"
            ),
            ("kvdb.set('', 1)", "script:2: a key can't be empty\n"),
            (
                "kvdb.set('n', 'x') kvdb.incr('n')",
                "script:2: the value of this key is not a number, so nothing can be added to it; PUT a number first\n"
            ),
            ("kvdb.set('n', 1 / 0)", "script:2: this is no number that can be stored\n"),
            ("kvdb.status = 99", "script: kvdb.status must be a whole number from 200 to 599\n"),
        ]
        for (source, message) in cases {
            try await put(test, bucket, "kvdb.set('written', 1)\n" + source)
            let answer = try await test.send(.get, path, "")
            #expect(answer.status == 500)
            #expect(answer.text == message)
        }
        let asJSON = try await test.send(.get, path, "", [("Accept", "application/json")])
        #expect(asJSON.text == #"{"error":"script: kvdb.status must be a whole number from 200 to 599"}"#)
        #expect(try await test.send(.get, "/\(bucket)/?format=text", "", [manager]).text == "")
        try await put(test, bucket, "kvdb.print('fine')")
        #expect(try await test.send(.get, path, "").text == "fine")
        try await test.close()
    }

    @Test("A source that does not compile is refused with its name, the line and the reason")
    func compiling() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s")
        let answer = try await test.send(.put, "/\(bucket)/scripts/hello.lua", "local x = 1\nlocal = 2", [manager])
        #expect(answer.status == 400)
        #expect(answer.text == "hello.lua:2: <name> expected near '='\n")
        #expect(try await test.send(.get, "/\(bucket)/scripts/hello.lua", "").status == 404)
        for source in ["\u{1B}Lua\u{54}", "return \(String(repeating: "{", count: 1000))"] {
            #expect(try await test.send(.put, "/\(bucket)/scripts/x", source, [manager]).status == 400)
        }
        try await test.close()
    }

    @Test("What is changed, deleted and made anew is what runs")
    func changes() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/script"
        for text in ["one", "two", "three"] {
            try await put(test, bucket, "kvdb.print('\(text)')")
            #expect(try await test.send(.get, path, "").text == text)
        }
        #expect(test.api.compiledScripts.count == 1)
        #expect(try await test.send(.delete, path, "", [manager]).status == 200)
        #expect(test.api.compiledScripts.count == 0)
        let gone = try await test.send(.get, path, "")
        #expect(gone.status == 404)
        #expect(gone.text == "there is no such script in this bucket; PUT makes it\n")
        try await put(test, bucket, "kvdb.print('four')")
        #expect(try await test.send(.get, path, "").text == "four")
        try await test.close()
    }

    @Test("A script that only reads commits nothing, and one that writes has one version for all that it wrote")
    func commits() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/script"
        try await put(test, bucket, "kvdb.set('a', 1) kvdb.set('b', 2) kvdb.delete('none')")
        _ = try await test.send(.get, path, "")
        let versions = try await [
            test.send(.get, "/\(bucket)/a", "").field("ETag"), test.send(.get, "/\(bucket)/b", "").field("ETag"),
        ]
        #expect(versions[0] != nil && versions[0] == versions[1])
        try await put(test, bucket, "kvdb.print(kvdb.get('a'), #kvdb.list(), kvdb.delete('none'))")
        let before = test.store.newestDurableRevision
        #expect(try await test.send(.get, path, "").text == "12false")
        #expect(test.store.newestDurableRevision == before)
        try await test.close()
    }

    @Test("No increment is lost, however many run at once, and each saw all before it")
    func contention() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/script"
        try await put(
            test, bucket,
            """
            local n = (kvdb.get('n') or 0) + 1
            kvdb.set('n', n)
            kvdb.set('log:' .. n, math.random(1000000))
            assert(#kvdb.list{prefix = 'log:'} == n, 'torn')
            kvdb.print(n)
            """)
        let answers = try await withThrowingTaskGroup(of: [Answer].self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var answers: [Answer] = []
                    for _ in 0..<20 { answers.append(try await test.send(.post, path, "")) }
                    return answers
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.allSatisfy { $0.status == 200 }, "\(answers.first { $0.status != 200 }?.text ?? "")")
        #expect(Set(answers.compactMap { Int($0.text) }) == Set(1...320))
        #expect(try await test.send(.get, "/\(bucket)/n", "").text == "320")
        try await test.close()
    }

    @Test("A full queue is 503, and half of it is all that one bucket gets")
    func queue() async throws {
        var options = KVdbOptions()
        options.scriptLimits.cpuTime = .milliseconds(300)
        let test = try make(options: options, maxScripts: 4)
        let (busy, calm) = (try await test.makeBucket("secret_key=s"), try await test.makeBucket("secret_key=s"))
        try await put(test, busy, "while true do end")
        try await put(test, calm, "kvdb.print('calm')")
        try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<6 { group.addTask { try await test.send(.get, "/\(busy)/scripts/script", "") } }
            let answers = try await group.reduce(into: []) { $0.append($1) }
            // The put of the script may still have had a place.
            #expect((1...2).contains(answers.count { $0.status == 500 }))
            let refused = answers.filter { $0.status == 503 }
            #expect((4...5).contains(refused.count))
            #expect(refused.allSatisfy { $0.field("Retry-After") == "1" })
        }
        #expect(try await test.send(.get, "/\(calm)/scripts/script", "").text == "calm")
        try await test.close()
    }

    @Test("A key's value is a number where it is one, and expires as it says")
    func values() async throws {
        let test = try make()
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/script"
        for (key, value) in [("i", "42"), ("f", "2.5"), ("z", "007"), ("t", "text")] {
            _ = try await test.send(.put, "/\(bucket)/\(key)", value)
        }
        try await put(
            test, bucket,
            """
            for _, pair in ipairs(kvdb.list{values = true}) do kvdb.print(pair[1], "=", math.type(pair[2]) or pair[2], " ") end
            kvdb.set("short", "x", {ttl = 1.5})
            kvdb.set("least", "x", {ttl = 0.0001})
            kvdb.incr("i", 1, {ttl = 1})
            """)
        #expect(try await test.send(.get, path, "").text == "f=float i=integer t=text z=007 ")
        #expect(try await test.send(.get, "/\(bucket)/short", "").text == "x")
        #expect(try await test.send(.get, "/\(bucket)/least", "").status == 200)
        clock.advance(seconds: 1.2)
        #expect(try await test.send(.get, "/\(bucket)/least", "").status == 404)
        #expect(try await test.send(.get, "/\(bucket)/short", "").status == 200)
        #expect(try await test.send(.get, "/\(bucket)/i", "").status == 404)
        clock.advance(seconds: 0.4)
        #expect(try await test.send(.get, "/\(bucket)/short", "").status == 404)
        try await test.close()
    }
}
