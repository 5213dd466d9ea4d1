import HTTPServer
import NIOCore
import NIOEmbedded
import Testing

@testable import Operations

@Suite struct OperationsAPITests {
    private let api = OperationsAPI(adminToken: AdminToken("0123456789abcdef"))

    private func answer(_ method: Method, _ target: String, _ headers: [(String, String)] = []) throws -> Response {
        let request = try Request(method: method, target: target, headers: headers)
        #expect(OperationsAPI.serves(request))
        guard case .ready(let response) = api.handle(request, on: EmbeddedEventLoop()) else { throw NotReady() }
        return response
    }

    private struct NotReady: Error {}

    @Test func anyoneMayAskForTheHealth() throws {
        let response = try answer(.get, "/-/health")
        #expect(response.status == .ok)
        guard case .bytes(let body) = response.body else { throw NotReady() }
        #expect(String(buffer: body) == "ok\n")
    }

    @Test func anyoneMayHaveTheDescriptionOfTheAPIs() throws {
        for method in [Method.get, .head] {
            let response = try answer(method, "/-/openapi.json")
            #expect(response.status == .ok)
            #expect(response.headers.first("Content-Type") == "application/json")
        }
    }

    @Test(arguments: ["/-", "/-/", "/-/nothing", "/-/health/", "/-/Health"])
    func otherPathsAreNotFound(_ path: String) throws {
        #expect(try answer(.get, path).status == .notFound)
    }

    @Test(arguments: ["/", "/--/health", "/-b/health", "/b/-/health"])
    func pathsOfBucketsAreLeftToThem(_ path: String) throws {
        #expect(!OperationsAPI.serves(try Request(method: .get, target: path)))
    }

    @Test func aMethodThatARouteHasNotIsToldWhichItHas() throws {
        let response = try answer(.post, "/-/health")
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers.first("Allow") == "GET, HEAD, OPTIONS")
    }
}

@Suite struct AdminTokenTests {
    @Test(arguments: ["", "0123456789abcde", "0123456789abcde ", "0123456789abcdé"])
    func oneThatIsShortOrFitsNoHeaderFieldIsNone(_ text: String) {
        #expect(AdminToken(text) == nil)
    }

    @Test(arguments: [
        ("Bearer 0123456789abcdef", true), ("bearer  0123456789abcdef", true), ("Bearer 0123456789abcdeg", false),
        ("Bearer 0123456789abcdef0", false), ("Basic 0123456789abcdef", false), ("Bearer", false), ("", false),
    ])
    func itIsShownAsABearer(_ header: String, isShown: Bool) throws {
        let token = try #require(AdminToken("0123456789abcdef"))
        let request = try Request(method: .get, target: "/-/health", headers: [("Authorization", header)])
        #expect(token.isShown(by: request) == isShown)
    }
}
