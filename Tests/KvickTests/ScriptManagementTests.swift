import HTTPAPI
import HTTPServer
import KVdbAPI
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import kvick

/// What goes to a server about scripts, and what is made of its answers.
struct ScriptManagementTests {
    /// A Basic user name can't hold a colon.
    @Test(arguments: [("secret", "Basic c2VjcmV0Og=="), ("se:cret", "Bearer se:cret")])
    func aRequestNamesTheScriptAndShowsTheKey(_ key: String, _ credential: String) async throws {
        try await withScripts(key: key) { scripts in
            let request = String(decoding: try await scripts.source(of: "a/b"), as: UTF8.self)
            #expect(request == "GET /b%20c/scripts/a%2Fb?source=true \(credential) ")
        }
    }

    @Test func theSourceIsTheBodyAndTheAnswerIsTheURL() async throws {
        try await withScripts(key: "secret") { scripts in
            #expect(
                try await scripts.put("hello", source: Array("return".utf8), file: nil).hasSuffix(
                    "/b%20c/scripts/hello"))
            try await scripts.delete("hello")
            let error = await #expect(throws: CommandFailure.self) { try await scripts.list() }
            #expect(error?.description.contains("is it a Kvick server?") == true)
        }
    }

    @Test func aRefusalIsTheServersWordsOnOneLine() async throws {
        let handler = ScriptHandler { _ in (.badRequest, "hello:3: unexpected\nsymbol\n") }
        try await withScripts(key: "secret", handler) { scripts in
            let inFile = await #expect(throws: CommandFailure.self) {
                try await scripts.put("hello", source: [], file: "h.lua")
            }
            #expect(inFile?.description == "h.lua:3: unexpected symbol")
            let inInput = await #expect(throws: CommandFailure.self) {
                try await scripts.put("hello", source: [], file: nil)
            }
            #expect(inInput?.description == "hello:3: unexpected symbol")
        }
        try await withScripts(key: "wrong", ScriptHandler { _ in (.forbidden, "check\nit") }) { scripts in
            let error = await #expect(throws: CommandFailure.self) { try await scripts.delete("hello") }
            #expect(error?.description == "check it")
        }
        try await withScripts(key: "wrong", ScriptHandler { _ in (.unauthorized, "no key; check it") }) { scripts in
            let error = await #expect(throws: CommandFailure.self) { try await scripts.delete("hello") }
            #expect(error?.description == "no key; check KVICK_KEY")
            #expect(error?.kind == .refused)
        }
        try await withScripts(key: "wrong", ScriptHandler { _ in (.serviceUnavailable, "") }) { scripts in
            let error = await #expect(throws: CommandFailure.self) { try await scripts.delete("hello") }
            #expect(error?.description.hasSuffix("answered 503 Service Unavailable") == true)
        }
    }

    @Test func aScriptThatIsMissingIsNamedButNotABucket() async throws {
        let noScript = ScriptHandler { _ in (.notFound, APIError.scriptNotFound.message + "\n") }
        try await withScripts(key: "secret", noScript) { scripts in
            let words = "there is no script nope; 'kvick script list' lists them"
            let get = await #expect(throws: CommandFailure.self) { try await scripts.source(of: "nope") }
            #expect(get?.description == words)
            let delete = await #expect(throws: CommandFailure.self) { try await scripts.delete("nope") }
            #expect(delete?.description == words)
        }
        try await withScripts(key: "secret", ScriptHandler { _ in (.notFound, "no bucket\n") }) { scripts in
            let error = await #expect(throws: CommandFailure.self) { try await scripts.delete("nope") }
            #expect(error?.description == "no bucket")
        }
    }

    @Test func aServerWithoutTLSIsToldFromOneThatBroke() async throws {
        try await withScripts(key: "secret", scheme: "https") { scripts in
            let error = await #expect(throws: CommandFailure.self) { try await scripts.list() }
            #expect(error?.description.hasPrefix("https://127.0.0.1:") == true)
            #expect(error?.description.contains(" does not speak TLS; use http://127.0.0.1:") == true)
        }
    }

    /// Calls `body` with the scripts of bucket `b c` on a server that answers by `handler`.
    private func withScripts(
        key: String, scheme: String = "http", _ handler: ScriptHandler = .echo,
        _ body: @Sendable (ScriptManagement) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = try await HTTPServer.start(
            configuration: ServerConfiguration(), handler: handler, group: group, logger: logger)
        let url = try #require(ServerURL("\(scheme)://127.0.0.1:\(server.boundPort)"))
        let result: Result<Void, any Error>
        do {
            try await RemoteConnection.with(url) { connection in
                let key = Setting.Given(text: key, source: "KVICK_KEY")
                try await body(
                    ScriptManagement(BucketConnection(connection, bucket: "b c", id: "b c", credential: key)))
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await server.shutdown()
        try await group.shutdownGracefully()
        try result.get()
    }
}

/// Answers each request by a closure.
private struct ScriptHandler: RequestHandler {
    let answer: @Sendable (Request) -> (Status, String)

    /// What a request says of itself.
    static let echo = ScriptHandler { request in
        let query = request.withQueryBytes { $0.map { "?" + String(decoding: $0, as: UTF8.self) } ?? "" }
        let path = request.withPathBytes { String(decoding: $0, as: UTF8.self) }
        let credential = request.header(.authorization) ?? ""
        return (.ok, "\(request.method.name) \(path)\(query) \(credential) \(String(buffer: request.body))")
    }

    func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        let (status, text) = answer(request)
        return .ready(Response(status: status, body: .bytes(ByteBuffer(string: text))))
    }

    func bodySizeLimit(for request: Request) -> Int { 1 << 20 }

    func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        .ready(Response(status: .badRequest))
    }
}
