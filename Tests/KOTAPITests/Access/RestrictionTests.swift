import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Routes that the operator restricts")
struct RestrictionTests {
    private static let refusal = """
        Access to this URL is restricted.
        You do not have the necessary permissions

        """

    private static func options(_ names: String) throws -> KOTOptions {
        var options = KOTOptions(.password(TestKOTAPI.password))
        options.restricted = try #require(KOTRestriction(names: names))
        return options
    }

    @Test("Each can be restricted by KOT's name for it, and then nobody has it", arguments: KOTRoute.allCases)
    func everyRoute(route: KOTRoute) async throws {
        try await withAPI(try Self.options(route.name)) { test in
            let method = try #require(route.methods.first)
            let answer = try await test.send(method, route.rawValue, [], [Authorization.password])
            #expect(answer.status == 403)
            #expect(answer.text == Self.refusal)
            // Without the password nobody learns of it.
            #expect(try await test.send(method, route.rawValue).status == 401)
        }
    }

    @Test(
        "KOT's own names are known",
        arguments: [
            "set", "get", "get_all", "delete", "database_list", "database_pop", "database_pop_all", "database_rename",
            "database_delete", "database_delete_all", "debug", "info", "warning", "error", "exception", "_informations",
            "execute",
        ])
    func names(name: String) {
        #expect(KOTRestriction(names: name)?.routes.count == 1)
    }

    @Test("What is no name is told from one")
    func unknownNames() {
        #expect(KOTRestriction(names: "set,no_such_route") == nil)
        #expect(KOTRestriction(names: " set , get ")?.routes == [.set, .get])
        #expect(KOTRestriction(names: "")?.routes.isEmpty == true)
    }

    @Test(
        "A query does not do what its own route may not",
        arguments: [
            ("set", "SET d k v"), ("get", "GET d k"), ("delete", "delete d k"), ("get_all", "GET_ALL d"),
            ("database_list", "DATABASE_LIST"), ("database_pop", "DATABASE_POP d"),
            ("database_pop_all", "DATABASE_POP_ALL"), ("database_delete", "DATABASE_DELETE d"),
            ("database_delete_all", "DATABASE_DELETE_ALL"), ("database_rename", "DATABASE_RENAME d e"),
        ])
    func queries(name: String, query: String) async throws {
        try await withAPI(try Self.options(name)) { test in
            let answer = try await test.post("/execute", #"{"query":"\#(query)"}"#)
            #expect(answer.status == 403)
            #expect(answer.text == Self.refusal)
            let other = name == "get" ? "DATABASE_LIST" : "GET d k"
            #expect(try await test.post("/execute", #"{"query":"\#(other)"}"#).status == 200)
        }
    }
}
