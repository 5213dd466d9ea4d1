import HTTPServer
import Testing

@testable import KVdbAPI

@Suite("What a token reaches")
struct TokenScopeTests {
    private func bucket(_ test: TestAPI) async throws -> String {
        let id = try await test.makeBucket("secret_key=s&signing_key=k&default_ttl=0")
        for key in [
            "ap", "app", "apple", "application", "banana", "app%2Fx", "app%2F..%2Fbanana", "app%252Fx", "app%00", "App",
        ] {
            #expect(try await test.send(.put, "/\(id)/\(key)", "1").status == 200)
        }
        return id
    }

    private func bearer(
        _ test: TestAPI, _ bucket: String, _ prefix: String, _ permissions: String
    ) async throws -> [(String, String)] {
        let answer = try await test.send(
            .post, "/\(bucket)/tokens/", "prefix=\(prefix)&permissions=\(permissions)",
            [basic("s"), ("Accept", "text/plain")])
        return [("Authorization", "Bearer \(answer.text)")]
    }

    @Test("The prefix is compared with the key's bytes, decoded once")
    func prefixes() async throws {
        let test = try TestAPI.make()
        let id = try await bucket(test)
        let app = try await bearer(test, id, "app", "read")
        for (key, status) in [
            ("app", 200), ("apple", 200), ("application", 200), ("%61pp", 200), ("app%00", 200), ("app%2Fx", 200),
            ("app/x", 200), ("app%252Fx", 200), ("app%25252Fx", 404), ("app/../banana", 200),
            ("app%2F%2e%2e%2Fbanana", 200),
            ("app/%2e%2e/banana", 200), ("ap", 403), ("banana", 403), ("App", 403), ("%2561pp", 403), ("../app", 403),
            ("%2e%2e/app", 403), ("/app", 403), ("%00app", 403), ("a%70", 403), ("b%61nana", 403), ("tokens", 403),
        ] {
            #expect(try await test.send(.get, "/\(id)/\(key)", "", app).status == status, "\(key)")
            #expect(try await test.send(.head, "/\(id)/\(key)", "", app).status == status, "\(key)")
        }
        let ap = try await bearer(test, id, "ap", "read")
        #expect(try await test.send(.get, "/\(id)/application", "", ap).status == 200)
        let folder = try await bearer(test, id, "app%2F", "read")
        #expect(try await test.send(.get, "/\(id)/app%2Fx", "", folder).status == 200)
        #expect(try await test.send(.get, "/\(id)/app%252Fx", "", folder).status == 403)
        #expect(try await test.send(.get, "/\(id)/app", "", folder).status == 403)
        let whole = try await bearer(test, id, "", "read")
        #expect(try await test.send(.get, "/\(id)/banana", "", whole).status == 200)
        try await test.close()
    }

    @Test("Each permission lets its holder do what the table says, even where anyone may")
    func permissions() async throws {
        let test = try TestAPI.make()
        let id = try await bucket(test)
        for (permission, mayGet, maySet, mayDelete, mayList) in [
            ("read", true, false, false, true), ("write", false, true, true, false),
            ("enumerate", false, false, false, true), ("delete", false, false, true, false),
        ] {
            let token = try await bearer(test, id, "app", permission)
            func status(_ method: Method, _ path: String, _ body: String = "") async throws -> Int {
                try await test.send(method, "/\(id)/\(path)", body, token).status
            }
            _ = try await test.send(.put, "/\(id)/apple", "1")
            #expect(try await status(.get, "apple") == (mayGet ? 200 : 403), "\(permission)")
            #expect(try await status(.head, "apple") == (mayGet ? 200 : 403), "\(permission)")
            #expect(try await status(.put, "apple", "1") == (maySet ? 200 : 403), "\(permission)")
            #expect(try await status(.post, "apple", "1") == (maySet ? 200 : 403), "\(permission)")
            #expect(try await status(.patch, "apple", "+1") == (maySet ? 200 : 403), "\(permission)")
            #expect(try await status(.delete, "apple") == (mayDelete ? 200 : 403), "\(permission)")
            #expect(try await status(.get, "") == (mayList ? 200 : 403), "\(permission)")
            #expect(try await status(.get, "?values=true") == (mayGet ? 200 : 403), "\(permission)")
            // Nothing outside of its prefix, though anyone may read and write there.
            for method in [Method.get, .put, .post, .patch, .delete] {
                #expect(try await status(method, "banana", "1") == 403, "\(permission)")
            }
        }
        try await test.close()
    }

    @Test("A list is of the token's prefix or of one within it")
    func lists() async throws {
        let test = try TestAPI.make()
        let id = try await bucket(test)
        let token = try await bearer(test, id, "app", "enumerate")
        let keys = ["app", "app\0", "app%2Fx", "app/../banana", "app/x", "apple", "application"]
        let own = keys.map { $0 + "\n" }.joined()
        for query in ["", "?prefix=", "?prefix=app", "?prefix=%61pp", "?after=a", "?skip=0"] {
            #expect(try await test.send(.get, "/\(id)/\(query)", "", token).text == own, "\(query)")
        }
        #expect(try await test.send(.get, "/\(id)/?reverse=true&limit=1", "", token).text == "application\n")
        #expect(try await test.send(.get, "/\(id)/?after=application", "", token).text == "")
        #expect(try await test.send(.get, "/\(id)/?prefix=appl", "", token).text == "apple\napplication\n")
        for prefix in ["ap", "a", "b", "App", "%2561pp", "..", "%00", "banana"] {
            #expect(try await test.send(.get, "/\(id)/?prefix=\(prefix)", "", token).status == 403, "\(prefix)")
        }
        #expect(try await test.send(.get, "/\(id)/?limit=0", "", token).status == 400)
        try await test.close()
    }

    @Test("No token manages a bucket or makes tokens")
    func management() async throws {
        let test = try TestAPI.make()
        let id = try await bucket(test)
        let token = try await bearer(test, id, "", "read,write,enumerate,delete")
        #expect(try await test.send(.patch, "/\(id)", "read_key=r", token).status == 403)
        #expect(try await test.send(.post, "/\(id)/tokens/", "permissions=read", token).status == 403)
        #expect(try await test.send(.delete, "/\(id)/", "", token).status == 403)
        #expect(try await test.send(.get, "/\(id)/", "", token).status == 200)
        try await test.close()
    }
}
