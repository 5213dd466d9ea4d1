import HTTPServer
import KeyValueStore
import Testing

@testable import KVdbAPI

@Suite("Requests for scripts, but not their runs")
struct ScriptRequestTests {
    private let manager = basic("s")

    private func tag(_ answer: Answer) throws -> String { try #require(answer.field("ETag")) }

    @Test("Scripts are put, listed, shown and deleted under the secret key, however their path is encoded")
    func management() async throws {
        let test = try TestAPI.make(clock: { Timestamp(milliseconds: 1_795_304_678_901) })
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/"
        let empty = try await test.send(.get, path, "", [manager])
        #expect(empty.status == 200 && empty.text == "[]")
        #expect(empty.field("Content-Type") == "application/json")
        let source: [UInt8] = Array("return 'é', ".utf8) + [0xFF, 0]
        let put = try await test.send(.put, "\(path)b.lua", source, [manager])
        #expect(put.status == 200 && put.text.isEmpty)
        #expect(try await test.send(.put, "/\(bucket)/%73cripts%2Fa", "", [manager]).status == 200)
        #expect(
            try await test.send(.get, "/\(bucket)/scripts%2f?_=1", "", [manager]).text
                == #"[{"name":"a","size":0,"updated":"2026-11-21T23:44:38Z"},{"name":"b.lua","size":\#(source.count),"#
                + #""updated":"2026-11-21T23:44:38Z"}]"#)
        let shown = try await test.send(.get, "\(path)%62.lua?source=true", "", [manager])
        #expect(shown.bytes == source)
        #expect(shown.field("Content-Type") == "text/plain; charset=utf-8")
        #expect(shown.field("X-Content-Type-Options") == "nosniff")
        #expect(try tag(shown) == tag(put))
        #expect(try await test.send(.head, "\(path)a?source=1", "", [manager]).status == 200)
        #expect(try await test.send(.get, "\(path)c?source=true", "", [manager]).status == 404)
        #expect(try await test.send(.get, "\(path)a?source=maybe", "", [manager]).status == 400)
        // They are no keys.
        #expect(try await test.send(.get, "/\(bucket)/", "", [manager]).text.isEmpty)
        #expect(try await test.send(.delete, "\(path)a", "", [manager]).status == 200)
        #expect(try await test.send(.delete, "\(path)a", "", [manager]).status == 404)
        #expect(try await test.send(.delete, "/\(bucket)", "", [manager]).status == 200)
        for target in [path, "\(path)b.lua?source=true"] {
            #expect(try await test.send(.get, target, "", [manager]).status == 410)
        }
        try await test.close()
    }

    @Test("A condition is of the script's version")
    func conditions() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/a"
        let make = ("If-None-Match", "*")
        let first = try tag(try await test.send(.put, path, "1", [manager, make]))
        let refusal = try await test.send(.put, path, "2", [manager, make])
        #expect(refusal.status == 412)
        #expect(refusal.text.hasPrefix("the script is at version "))
        #expect(try tag(refusal) == first)
        let second = try tag(try await test.send(.put, path, "2", [manager, ("If-Match", first)]))
        #expect(try await test.send(.put, path, "3", [manager, ("If-Match", first)]).status == 412)
        #expect(try await test.send(.delete, path, "", [manager, ("If-Match", first)]).status == 412)
        let source = "\(path)?source=true"
        #expect(try await test.send(.get, source, "", [manager, ("If-None-Match", second)]).status == 304)
        #expect(try await test.send(.get, source, "", [manager, ("If-None-Match", first)]).text == "2")
        #expect(try await test.send(.get, source, "", [manager, ("If-Match", first)]).status == 412)
        #expect(try await test.send(.put, path, "3", [manager, ("If-Match", "x")]).status == 400)
        #expect(try await test.send(.delete, path, "", [manager, ("If-Match", second)]).status == 200)
        try await test.close()
    }

    @Test("Only the secret key manages scripts, and nothing does where the bucket has none")
    func access() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket("secret_key=s&read_key=r&write_key=w&signing_key=k")
        let form = "permissions=read,write,delete,enumerate"
        let token = try await test.send(.post, "/\(bucket)/tokens/", form, [manager, ("Accept", "text/plain")]).text
        let unmanaged = try await test.makeBucket("read_key=r&write_key=w&signing_key=k")
        for (method, path) in [
            (Method.get, ""), (.get, "a?source=true"), (.put, "a"), (.put, "a/b"), (.delete, "a"), (.delete, "a/b"),
        ] {
            let target = "/\(bucket)/scripts/\(path)"
            #expect(try await test.send(method, target).status == 401, "\(method) \(path)")
            for (credential, status) in [
                (basic("x"), 401), (basic("r"), 403), (basic("w"), 403), (("Authorization", "Bearer \(token)"), 403),
            ] {
                #expect(try await test.send(method, target, "", [credential]).status == status, "\(method) \(path)")
            }
            for headers in [[], [manager], [basic("w")]] {
                let answer = try await test.send(method, "/\(unmanaged)/scripts/\(path)", "", headers)
                #expect(answer.status == 403)
                #expect(answer.text.hasPrefix("this bucket was made without a secret_key"))
            }
            let missing = try await test.send(method, "/AAAAAAAAAAAAAAAAAAAAAA/scripts/\(path)", "", [manager])
            #expect(missing.status == 404)
        }
        try await test.close()
    }

    @Test("A source, a name and a bucket's scripts have limits, which nobody hears of who may not manage it")
    func limits() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket("secret_key=s")
        let path = "/\(bucket)/scripts/"
        let longest = [UInt8](repeating: UInt8(ascii: " "), count: 64 << 10)
        #expect(try await test.send(.put, "\(path)a", longest, [manager]).status == 200)
        #expect(try await test.send(.get, "\(path)a?source=true", "", [manager]).bytes == longest)
        let tooLong = try await test.send(.put, "\(path)a", longest + [0], [manager])
        #expect(tooLong.status == 400)
        #expect(tooLong.text.contains("at most 65536 bytes"))
        #expect(try await test.send(.put, "\(path)a", longest + [0]).status == 401)
        #expect(try await test.send(.put, "\(path)a", longest + [0], [basic("x")]).status == 401)
        #expect(try await test.send(.put, "/nobucket1/scripts/a", longest + [0], [manager]).status == 404)
        for name in ["..", "a%2Fb", "a%20b", "%", String(repeating: "a", count: 65)] {
            let answer = try await test.send(.put, path + name, "", [manager])
            #expect(answer.status == 400, "\(name)")
            #expect(answer.text.hasPrefix("a script's name is 1 to 64 of "))
            #expect(try await test.send(.get, "\(path)\(name)?source=true", "", [manager]).status == 404)
            #expect(try await test.send(.delete, path + name, "", [manager]).status == 404)
        }
        for number in 1..<100 {
            #expect(try await test.send(.put, "\(path)s\(number)", "", [manager]).status == 200)
        }
        let full = try await test.send(.put, "\(path)s100", "", [manager])
        #expect(full.status == 400)
        #expect(full.text == "this bucket has 100 scripts, as many as it may; delete one first\n")
        #expect(try await test.send(.put, "\(path)s1", "again", [manager]).status == 200)
        try await test.close()
    }

    @Test("Each path names its methods, and a browser of another origin is told of them")
    func methods() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket("secret_key=s")
        for (path, allowed, others) in [
            ("", "GET, HEAD, OPTIONS", [Method.put, .post, .patch, .delete]),
            ("a", "GET, HEAD, PUT, POST, DELETE, OPTIONS", [.patch]),
        ] {
            let target = "/\(bucket)/scripts/\(path)"
            let preflight = try await test.send(.options, target)
            #expect(preflight.status == 200)
            #expect(preflight.field("Access-Control-Allow-Methods") == allowed)
            for method in others {
                let answer = try await test.send(method, target, "", [manager])
                #expect(answer.status == 405)
                #expect(answer.field("Allow") == allowed)
            }
        }
        try await test.close()
    }
}
