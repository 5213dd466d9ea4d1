import HTTPServer
import NIOCore
import Storage
import Testing

@testable import Operations

@Suite struct OperationsAPITests {
    private let bearer = ("Authorization", "Bearer 0123456789abcdef")

    @Test func anyoneMayAskForTheHealth() async throws {
        try await withOperations { operations in
            let (response, text) = try await operations.answer(.get, "/-/health", from: "8.8.8.8")
            #expect(response.status == .ok)
            #expect(text == "ok\n")
            #expect(response.headers.first("Cache-Control") == "no-store")
            let json = try await operations.answer(.get, "/-/health", [("Accept", "application/json")])
            #expect(json.text == #"{"status":"ok"}"#)
        }
    }

    @Test func itIsReadyWhileTheStoreTakesWrites() async throws {
        try await withOperations { operations in
            #expect(try await operations.answer(.get, "/-/ready", from: "8.8.8.8").text == "ready\n")
            operations.engine.failWrites(with: StorageError(.outOfSpace, "full"))
            let (response, text) = try await operations.answer(.get, "/-/ready")
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers.first("Cache-Control") == "no-store")
            #expect(text.hasPrefix("not ready: the disk is full"))
            let json = try await operations.answer(.get, "/-/ready", [("Accept", "application/json")])
            #expect(json.text.hasPrefix(#"{"status":"not ready","reason":"the disk is full"#))
        }
    }

    @Test func itIsNotReadyOnceAWriteFailedOrTheServerStops() async throws {
        try await withOperations { operations in
            operations.engine.failWrites(with: StorageError(.failed, "broken"))
            await operations.write()
            #expect(try await operations.answer(.get, "/-/ready").text.contains("takes no writes"))
            operations.readiness.stop()
            let (response, text) = try await operations.answer(.get, "/-/ready")
            #expect(response.status == .serviceUnavailable)
            #expect(text == "not ready: the server is stopping\n")
        }
    }

    @Test func metricsAreForThoseWithTheToken() async throws {
        try await withOperations { operations in
            let refused = try await operations.answer(.get, "/-/metrics", from: "127.0.0.1")
            #expect(refused.response.status == .unauthorized)
            #expect(refused.response.headers.first("WWW-Authenticate") == "Bearer")
            let (response, text) = try await operations.answer(.get, "/-/metrics", [bearer], from: "8.8.8.8")
            #expect(response.status == .ok)
            #expect(response.headers.first("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(text.contains("\nkvick_store_commands_waiting 0\n"))
            #expect(text.contains("\nother 1\n"))
        }
    }

    @Test func withoutATokenMetricsAreForTheMachineAndPrivateNetworks() async throws {
        try await withOperations(adminToken: nil) { operations in
            #expect(try await operations.answer(.get, "/-/metrics", from: "127.0.0.1").response.status == .ok)
            #expect(try await operations.answer(.get, "/-/metrics", from: "192.168.0.9").response.status == .ok)
            #expect(try await operations.answer(.get, "/-/metrics").response.status == .ok)
            #expect(try await operations.answer(.get, "/-/metrics", from: "8.8.8.8").response.status == .forbidden)
            for field in ["X-Forwarded-For", "Forwarded", "Origin"] {
                let forwarded = try await operations.answer(.get, "/-/metrics", [(field, "x")], from: "127.0.0.1")
                #expect(forwarded.response.status == .forbidden)
            }
        }
    }

    @Test func whoGuessesTokensIsSentAwayAndLocksNobodyOut() async throws {
        try await withOperations { operations in
            let wrong = ("Authorization", "Bearer 0123456789abcdeX")
            for _ in 0..<10 {
                let answer = try await operations.answer(.get, "/-/metrics", [wrong], from: "192.0.2.1")
                #expect(answer.response.status == .unauthorized)
                #expect(answer.text.contains("this is not the server's admin token"))
            }
            let refused = try await operations.answer(.get, "/-/metrics", [wrong], from: "192.0.2.1").response
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers.first("Retry-After") != nil)
            #expect(operations.access.wrongTokenCount == 11)
            // Who has the token may be behind the same proxy.
            #expect(try await operations.answer(.get, "/-/metrics", [bearer], from: "192.0.2.1").response.status == .ok)
        }
    }

    @Test func anyoneMayHaveTheDescriptionOfTheAPIs() async throws {
        try await withOperations { operations in
            for method in [Method.get, .head] {
                let response = try await operations.answer(method, "/-/openapi.json", from: "8.8.8.8").response
                #expect(response.status == .ok)
                #expect(response.headers.first("Content-Type") == "application/json")
            }
        }
    }

    @Test(arguments: ["/-", "/-/", "/-/nothing", "/-/health/", "/-/Health"])
    func otherPathsAreNotFound(_ path: String) async throws {
        try await withOperations { operations in
            let response = try await operations.answer(.get, path).response
            #expect(response.status == .notFound)
        }
    }

    @Test(arguments: ["/", "/--/health", "/-b/health", "/b/-/health"])
    func pathsOfBucketsAreLeftToThem(_ path: String) throws {
        #expect(!OperationsAPI.serves(try Request(method: .get, target: path)))
    }

    @Test func aMethodThatARouteHasNotIsToldWhichItHas() async throws {
        try await withOperations { operations in
            let response = try await operations.answer(.post, "/-/health").response
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers.first("Allow") == "GET, HEAD, OPTIONS")
        }
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
