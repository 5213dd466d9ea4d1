import HTTPServer
import Storage
import StorageTesting
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("Requests for keys")
struct KeyRequestTests {
    @Test("A value comes back as it was sent, with a type that can't act on this origin")
    func values() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        let form = ("Content-Type", "application/x-www-form-urlencoded")
        #expect(try await test.send(.put, "/\(bucket)/form", "a=b&c", [form]).status == 200)
        #expect(
            try await test.send(.post, "/\(bucket)/page", "<script>", [("Content-Type", "text/html")]).status == 200)
        #expect(try await test.send(.put, "/\(bucket)/binary", [0, 255]).status == 200)
        #expect(try await test.send(.put, "/\(bucket)/empty").status == 200)

        let text = try await test.send(.get, "/\(bucket)/form")
        #expect(text.text == "a=b&c")
        #expect(text.field("Content-Type") == "text/plain; charset=utf-8")
        let page = try await test.send(.get, "/\(bucket)/page", "", [("Accept", "application/json")])
        #expect(page.status == 200)
        #expect(page.field("Content-Type") == "text/html")
        #expect(page.field("Content-Security-Policy") == "sandbox")
        #expect(page.field("X-Content-Type-Options") == "nosniff")
        let binary = try await test.send(.get, "/\(bucket)/binary")
        #expect(binary.bytes == [0, 255])
        #expect(binary.field("Content-Type") == "application/octet-stream")
        #expect(try await test.send(.get, "/\(bucket)/empty").bytes == [])
        try await test.close()
    }

    @Test("A key is any bytes, decoded once, slashes and dots as they are")
    func keys() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        for (written, read) in [
            ("a%2Fb", "a/b"), ("%00%FF", "%00%ff"), ("a/../b", "a/../b"), ("%252e", "%252e"), ("a+b", "a%2Bb"),
            ("tokens", "tokens"), ("//", "%2F/"), ("п", "%D0%BF"),
        ] {
            #expect(try await test.send(.put, "/\(bucket)/\(written)", written).status == 200)
            #expect(try await test.send(.get, "/\(bucket)/\(read)").text == written)
        }
        #expect(try await test.send(.get, "/\(bucket)/.").status == 404)
        #expect(try await test.send(.get, "/\(bucket)/%zz").status == 400)
        #expect(try await test.send(.put, "/\(bucket)/tokens/x", "1").status == 404)
        #expect(try await test.send(.put, "/\(bucket)/tokens%2Fx", "1").status == 404)
        try await test.close()
    }

    @Test("Keys and values over their limit are refused with limit and size")
    func limits() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        let key = String(repeating: "k", count: 128)
        #expect(try await test.send(.put, "/\(bucket)/\(key)", [UInt8](repeating: 1, count: 16384)).status == 200)
        let longKey = try await test.send(.put, "/\(bucket)/\(key)k", "1")
        #expect(longKey.status == 400)
        #expect(longKey.text.contains("129") && longKey.text.contains("128"))
        let longValue = try await test.send(.put, "/\(bucket)/k", [UInt8](repeating: 1, count: 16385))
        #expect(longValue.status == 400)
        #expect(longValue.text.contains("16385") && longValue.text.contains("16384"))
        let longType = String(repeating: "t", count: 256)
        #expect(try await test.send(.put, "/\(bucket)/k", "1", [("Content-Type", longType)]).status == 400)
        try await test.close()
    }

    @Test("A counter is created at zero, and what is no number is refused with nothing changed")
    func counters() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        #expect(try await test.send(.patch, "/\(bucket)/n", "+1").text == "1")
        #expect(try await test.send(.patch, "/\(bucket)/n", "-2.5\n").text == "-1.5")
        #expect(try await test.send(.patch, "/\(bucket)/n", "0").text == "-1.5")
        for body in ["", "x", "99999999999999999999", "1e999", "+", "1 2", "\0"] {
            #expect(try await test.send(.patch, "/\(bucket)/n", body).status == 400, "\(body)")
        }
        _ = try await test.send(.put, "/\(bucket)/t", "text")
        #expect(try await test.send(.patch, "/\(bucket)/t", "1").status == 400)
        #expect(try await test.send(.get, "/\(bucket)/n").text == "-1.5")
        #expect(try await test.send(.get, "/\(bucket)/t").text == "text")
        try await test.close()
    }

    @Test("What memory can't answer is read elsewhere and answered alike")
    func blockingReads() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        _ = try await test.send(.put, "/\(bucket)/k", "v")
        test.engine.readsBlock = true
        #expect(try await test.send(.get, "/\(bucket)/k").text == "v")
        #expect(try await test.send(.get, "/\(bucket)/none").status == 404)
        #expect(try await test.send(.get, "/AAAAAAAAAAAAAAAAAAAAAA/k").status == 404)
        #expect(try await test.send(.get, "/\(bucket)/").text == "k\n")
        try await test.close()
    }

    @Test("Writes that the store can't take are 503, and say whether anything changed")
    func failures() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        test.engine.failNextWrite(with: StorageError(.outOfSpace, "full"))
        let full = try await test.send(.put, "/\(bucket)/k", "v")
        #expect(full.status == 503)
        #expect(full.field("Retry-After") != nil)
        #expect(full.text.contains("nothing was changed"))
        #expect(try await test.send(.put, "/\(bucket)/k", "v").status == 200)
        test.engine.failNextWrite(with: StorageError(.failed, "fsync"))
        let unknown = try await test.send(.put, "/\(bucket)/k", "w", [("Accept", "application/json")])
        #expect(unknown.status == 503)
        #expect(unknown.text.contains("unknown"))
        #expect(unknown.text.hasPrefix(#"{"error":""#))
        let readOnly = try await test.send(.put, "/\(bucket)/k", "w")
        #expect(readOnly.status == 503)
        #expect(readOnly.text.contains("nothing was changed"))
        #expect(try await test.send(.get, "/\(bucket)/k").status == 200)
        try await test.close()
    }

    @Test("Methods that a path does not have are 405 with those that it has")
    func methods() async throws {
        let test = try TestAPI.make()
        let bucket = try await test.makeBucket()
        for (method, path, allowed) in [
            (Method.get, "/", "POST"), (.put, "/\(bucket)/", "PATCH"), (.other("BREW"), "/\(bucket)/k", "PATCH"),
            (.other("BREW"), "/nobody/k", "PATCH"),
        ] {
            let answer = try await test.send(method, path)
            #expect(answer.status == 405)
            #expect(answer.field("Allow")?.contains(allowed) == true)
        }
        let preflight = try await test.send(.options, "/\(bucket)/k")
        #expect(preflight.status == 200)
        #expect(preflight.field("Access-Control-Allow-Methods")?.contains("PATCH") == true)
        #expect(preflight.field("Access-Control-Max-Age") == "86400")
        try await test.close()
    }

    @Test("A write to an unknown id makes a public bucket only where the operator lets it")
    func openBuckets() async throws {
        let closed = try TestAPI.make()
        #expect(try await closed.send(.put, "/my-own-bucket/k", "v").status == 404)
        try await closed.close()
        var options = KVdbOptions()
        options.opensBuckets = true
        let open = try TestAPI.make(options: options)
        #expect(try await open.send(.get, "/my-own-bucket/k").status == 404)
        #expect(try await open.send(.put, "/my-own-bucket/k", "v").status == 200)
        #expect(try await open.send(.get, "/my-own-bucket/k").text == "v")
        #expect(try await open.send(.patch, "/another_bucket/n", "5").text == "5")
        #expect(try await open.send(.put, "/short/k", "v").status == 404)
        #expect(try await open.send(.put, "/not%20allowed/k", "v").status == 404)
        #expect(try await open.send(.put, "/a-third-one/k", "v", [basic("wrong")]).status == 401)
        try await open.close()
    }
}
