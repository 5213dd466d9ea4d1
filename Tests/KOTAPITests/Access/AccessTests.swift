import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Who may use KOT's API")
struct AccessTests {
    private static let secondLine = "You have to login with proper credentials\n"

    @Test(
        "Without a credential every route answers as KOT does, so that a browser asks for one",
        arguments: KOTRoute.allCases)
    func challenge(route: KOTRoute) async throws {
        try await withAPI { test in
            let method = try #require(route.methods.first)
            let answer = try await test.send(method, route.rawValue)
            #expect(answer.status == 401)
            #expect(answer.field("WWW-Authenticate") == #"Basic realm="Login Required""#)
            #expect(
                answer.text
                    == "Could not verify your access level for that URL. Make basic auth.\n" + Self.secondLine)
        }
    }

    @Test(
        "A wrong password, a user name, another scheme and what is no credential are refused",
        arguments: [
            [Authorization.basic("", "wrong")], [Authorization.basic("", "")], [Authorization.basic("", "passs")],
            [Authorization.basic("", "pas")],
            [Authorization.basic("user", "pass")], [Authorization.basic("pass", "")],
            [("Authorization", "Bearer pass")],
            [("Authorization", "Basic !!!")], [("Authorization", "")],
            [Authorization.password, Authorization.password],
            [Authorization.password, Authorization.basic("", "wrong")],
        ])
    func refusals(headers: [(String, String)]) async throws {
        try await withAPI { test in
            let answer = try await test.send(.get, "/database/list", [], headers)
            #expect(answer.status == 401)
            #expect(answer.field("WWW-Authenticate") == #"Basic realm="Login Required""#)
            #expect(answer.text == "Could not verify your access level for that URL. Use password.\n" + Self.secondLine)
        }
    }

    @Test("A password may have colons, spaces and letters of any script")
    func anyPassword() async throws {
        try await withAPI(KOTOptions(.password("p:ä ключ"))) { test in
            let right = try await test.send(.get, "/database/list", [], [Authorization.basic("", "p:ä ключ")])
            #expect(right.status == 200)
            #expect(try await test.send(.get, "/database/list", [], [Authorization.basic("", "p")]).status == 401)
        }
    }

    @Test("Each access key opens with any user name, and nothing else does")
    func accessKeys() async throws {
        try await withAPI(KOTOptions(.accessKeys(["one", "two"]))) { test in
            for header in [Authorization.basic("", "one"), Authorization.basic("somebody", "two")] {
                #expect(try await test.send(.get, "/database/list", [], [header]).status == 200)
            }
            for header in [Authorization.basic("", "one,two"), Authorization.password, Authorization.basic("one", "")] {
                let answer = try await test.send(.get, "/database/list", [], [header])
                #expect(answer.status == 401)
                #expect(answer.field("WWW-Authenticate") == #"Basic realm="Access Key Required""#)
                #expect(
                    answer.text
                        == "Could not verify your access level for that URL. Use access key.\n" + Self.secondLine)
            }
        }
    }

    @Test("A method that a path does not have is 405 with those that it has, whoever asks", arguments: [false, true])
    func methods(hasPassword: Bool) async throws {
        try await withAPI { test in
            let headers = hasPassword ? [Authorization.password] : []
            for (method, path, allowed) in [
                (Method.get, "/controller/set", "POST"), (.put, "/controller/set", "POST"),
                (.post, "/database/list", "GET"), (.delete, "/database/pop_all", "GET, POST"),
                (.post, "/informations", "GET"), (.get, "/execute", "POST"),
            ] {
                let answer = try await test.send(method, path, [], headers)
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.field("Allow") == allowed)
            }
            let preflight = try await test.send(.options, "/controller/set")
            #expect(preflight.status == 200)
            #expect(preflight.field("Allow") == "POST, OPTIONS")
            // Pages of other sites are let in by nothing.
            #expect(preflight.field("Access-Control-Allow-Methods") == nil)
        }
    }

    @Test(
        "A path that is not KOT's is not found",
        arguments: ["/", "/controller", "/controller/set/", "/controller/sets", "/databaselist"])
    func unknownPaths(path: String) async throws {
        try await withAPI { test in
            let answer = try await test.send(.post, path, [], [Authorization.password])
            #expect(answer.status == 404)
        }
    }

    @Test(
        "A page of another site gets nothing done, whatever the browser says or leaves out",
        arguments: [
            ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")], 403),
            ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors")], 403),
            ([("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors")], 403),
            ([("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost")], 200),
            ([("Sec-Fetch-Site", "none"), ("User-Agent", "Mozilla/5.0")], 403),
            // As on connections that are not secure.
            ([("Origin", "http://evil.example")], 403), ([("Origin", "null")], 403),
            ([("Origin", "http://localhost:81")], 403), ([("Origin", "http://localhost")], 200),
            ([("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)")], 403),
            ([("User-Agent", "python-requests/2.34.2")], 200), ([], 200),
        ])
    func crossSite(fields: [(String, String)], status: Int) async throws {
        try await withAPI { test in
            try await test.set("kept", "k", "1")
            // A form of HTML, or an image, can send a GET that deletes all.
            let headers = [Authorization.password] + fields
            let answer = try await test.send(.get, "/database/delete_all", [], headers)
            #expect(answer.status == status)
            let isKept = try await test.get("kept", "k").text == "1\n"
            #expect(isKept == (status == 403))
        }
    }

    @Test("A password that is wrong is answered late also where the body is too large, and counts as any other")
    func oversizedGuesses() async throws {
        try await withAPI { test in
            let large = [UInt8](repeating: 65, count: 100_000)
            let wrong = [Authorization.basic("", "wrong")]
            let start = ContinuousClock.now
            for _ in 0..<4 {
                let answer = try await test.send(.post, "/controller/set", large, wrong)
                #expect(answer.status == 401)
            }
            #expect(ContinuousClock.now - start >= .milliseconds(95))
            let answer = try await test.send(.post, "/controller/set", [], wrong)
            #expect(answer.status == 401)
            #expect(ContinuousClock.now - start >= .milliseconds(290))
        }
    }

    @Test("A body that is too large is refused, and to whoever has no password as any other")
    func oversizedBodies() async throws {
        try await withLimits({ $0.limits.valueSize = 1000 }) { test in
            let value = String(repeating: "a", count: 100_000)
            #expect(try await test.set("d", "k", "\"\(value)\"").status == 403)
            #expect(try await test.get("/database/list").text == "{}\n")
            let stranger = try await test.send(.post, "/controller/set", Array(value.utf8))
            #expect(stranger.status == 401)
        }
    }
}
