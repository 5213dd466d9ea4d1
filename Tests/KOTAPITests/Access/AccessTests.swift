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

    @Test("A method that a path does not have is 405 with those that it has")
    func methods() async throws {
        try await withAPI { test in
            for (method, path, allowed) in [
                (Method.get, "/controller/set", "POST"), (.put, "/controller/set", "POST"),
                (.post, "/database/list", "GET"), (.delete, "/database/pop_all", "GET, POST"),
                (.post, "/informations", "GET"), (.get, "/execute", "POST"),
            ] {
                let answer = try await test.send(method, path, [], [Authorization.password])
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.field("Allow") == allowed)
            }
            let preflight = try await test.send(.options, "/controller/set")
            #expect(preflight.status == 200)
            #expect(preflight.field("Access-Control-Allow-Methods") == "POST, OPTIONS")
            #expect(preflight.field("Access-Control-Allow-Headers")?.contains("Authorization") == true)
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
        "A page of another site gets nothing done unless the browser asks first",
        arguments: [
            ("cross-site", "no-cors", 403), ("cross-site", "navigate", 403), ("cross-site", nil, 403),
            ("cross-site", "cors", 200), ("same-origin", "cors", 200), ("none", "navigate", 200), (nil, nil, 200),
        ])
    func crossSite(site: String?, mode: String?, status: Int) async throws {
        try await withAPI { test in
            try await test.set("kept", "k", "1")
            var headers = [Authorization.password]
            if let site { headers.append(("Sec-Fetch-Site", site)) }
            if let mode { headers.append(("Sec-Fetch-Mode", mode)) }
            // A form of HTML can send a GET that deletes all.
            #expect(try await test.send(.get, "/database/delete_all", [], headers).status == status)
            let isKept = try await test.get("kept", "k").text == "1\n"
            #expect(isKept == (status == 403))
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
