import Foundation
import HTTPServer
import KeyValueStore
import Logging
import NIOCore
import NIOPosix
import RocksDBEngine
import Storage
import Testing

@testable import Operations

@Suite struct CheckpointRequestTests {
    private static let token = "0123456789abcdef"

    /// Calls `body` with the API over a store on disk.
    private func withAPI(
        token: String? = token,
        _ body: (_ answer: (Method, String, [(String, String)]) async throws -> Answer) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "kvick-operations-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = try StoreDirectory(path: path)
        var options = RocksDBOptions()
        options.reservedSpace = 4 << 20
        let engine = try RocksDBEngine.open(path: directory.enginePath, creating: true, options: options)
        try directory.finishOpening()
        var limits = CheckpointLimits()
        limits.freeSpaceMin = 0
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let checkpoints = StoreCheckpoints(engine: engine, directory: directory, limits: limits, logger: logger)
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let requests = CheckpointRequests(checkpoints, threads: threads, logger: logger)
        let operations = try TestOperations(adminToken: token, checkpoints: requests)
        try await body { method, target, headers in try await Answer(operations.api, method, target, headers) }
        try await operations.shutdown()
        await checkpoints.close()
        engine.close()
        try await threads.shutdownGracefully()
    }

    private struct Answer {
        let status: Int
        let headers: ResponseHeaders
        let body: ByteBuffer

        init(_ api: OperationsAPI, _ method: Method, _ target: String, _ headers: [(String, String)]) async throws {
            let request = try Request(method: method, target: target, headers: headers)
            let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
            let response: Response =
                switch api.handle(request, on: eventLoop) {
                case .ready(let response): response
                case .pending(let response): try await response.get()
                }
            (status, self.headers) = (response.status.code, response.headers)
            var body = ByteBuffer()
            switch response.body {
            case .empty: break
            case .bytes(let bytes): body = bytes
            case .stream(let stream):
                while let piece = try await eventLoop.flatSubmit({ stream.next(on: eventLoop) }).get() {
                    body.writeImmutableBuffer(piece)
                }
                #expect(stream.length == body.readableBytes)
            }
            self.body = body
        }

        var text: String { String(buffer: body) }
        var json: [String: Any]? {
            try? JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any]
        }
    }

    private static let bearer = [("Authorization", "Bearer \(token)")]

    @Test func onlyAdministratorsMayMakeOne() async throws {
        try await withAPI { (answer) async throws in
            #expect(try await answer(.post, "/-/checkpoints", []).status == 401)
            let wrong = [("Authorization", "Bearer 0123456789abcdeg")]
            #expect(try await answer(.post, "/-/checkpoints", wrong).status == 401)
            #expect(try await answer(.get, "/-/checkpoints", Self.bearer).status == 405)
        }
        try await withAPI(token: nil) { (answer) async throws in
            for headers in [[], Self.bearer] {
                let refusal = try await answer(.post, "/-/checkpoints", headers)
                #expect(refusal.status == 403)
                #expect(refusal.text.contains("--admin-token"))
            }
        }
    }

    @Test func aCheckpointIsMadeReadAndRemoved() async throws {
        try await withAPI { (answer) async throws in
            let made = try await answer(.post, "/-/checkpoints", Self.bearer)
            #expect(made.status == 201)
            let id = try #require(made.json?["id"] as? String)
            let files = try #require(made.json?["files"] as? [[String: Any]])
            #expect(
                try await answer(.get, "/-/checkpoints/\(id)", Self.bearer).json as NSDictionary? == made.json
                    as NSDictionary?)
            for file in files {
                let name = try #require(file["name"] as? String)
                let target = "/-/checkpoints/\(id)/files/\(name)"
                let whole = try await answer(.get, target, Self.bearer)
                #expect(whole.status == 200)
                #expect(whole.body.readableBytes == file["size"] as? Int)
                #expect(try await answer(.get, target, []).status == 401)
            }
            for name in ["server.key/..", "../../server.key", "..%2F..%2Fserver.key", "FORMAT", "rocksdb/LOCK"] {
                #expect(
                    try await answer(.get, "/-/checkpoints/\(id)/files/\(name)", Self.bearer).status == 404, "\(name)")
            }
            #expect(try await answer(.delete, "/-/checkpoints/\(id)", Self.bearer).status == 200)
            #expect(try await answer(.delete, "/-/checkpoints/\(id)", Self.bearer).status == 404)
            #expect(try await answer(.get, "/-/checkpoints/\(id)/files/server.key", Self.bearer).status == 404)
        }
    }

    @Test func whoseAnswerWasCutGetsTheRest() async throws {
        try await withAPI { (answer) async throws in
            let id = try #require(try await answer(.post, "/-/checkpoints", Self.bearer).json?["id"] as? String)
            let target = "/-/checkpoints/\(id)/files/server.key"
            let whole = try await answer(.get, target, Self.bearer)
            let rest = try await answer(.get, target, Self.bearer + [("Range", "bytes=30-")])
            #expect(rest.status == 206)
            #expect(rest.headers.first("Content-Range") == "bytes 30-31/32")
            #expect(rest.body == whole.body.getSlice(at: 30, length: 2))
            #expect(try await answer(.get, target, Self.bearer + [("Range", "bytes=32-")]).status == 416)
            for range in ["bytes=0-1", "bytes=-1", "bytes=1-2,4-5", "lines=1-", "bytes=+1-"] {
                #expect(try await answer(.get, target, Self.bearer + [("Range", range)]).status == 200, "\(range)")
            }
        }
    }

    @Test func thereAreOnlySoManyAtOnce() async throws {
        try await withAPI { (answer) async throws in
            for _ in 0..<2 { #expect(try await answer(.post, "/-/checkpoints", Self.bearer).status == 201) }
            let refusal = try await answer(.post, "/-/checkpoints", Self.bearer)
            #expect(refusal.status == 503)
            #expect(refusal.headers.first("Retry-After") == "60")
        }
    }
}
