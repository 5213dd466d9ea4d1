import Benchmark
import HTTPAPI
import HTTPServer
import KVdbAPI
import KeyValueStore
import NIOCore
import NIOPosix
import StorageTesting

/// From a request to an answer that memory gives, beside what the store takes of it.
func registerRouterBenchmarks() {
    Benchmark("Router: read a key's path") { benchmark in
        let request = try Request(method: .get, target: "/4fJ2kX9s/user:1234")
        for _ in benchmark.scaledIterations {
            try request.withPathBytes { path in
                guard case .key(let bucket, let key) = Target(path: path) else {
                    throw UnexpectedOutcome(what: "a path that names no key")
                }
                blackHole((bucket, key))
            }
        }
    }

    Benchmark("Router: read the record alone") { benchmark in
        try await Buckets.use { buckets in
            let bucket = try await buckets.make(settings: "")
            let name = Array(bucket.utf8)
            guard case .found(let namespace) = name.withUnsafeBytes({ buckets.store.cachedNamespace(.bucket, $0) })
            else { throw UnexpectedOutcome(what: "a bucket that memory does not have") }
            let key = Array(Buckets.key.utf8)
            try measure(benchmark) {
                let read = key.withUnsafeBytes { key in
                    buckets.store.cachedRecord(namespace, key) { $0.value.count }
                }
                guard case .found(let size) = read else { throw UnexpectedOutcome(what: "no record") }
                blackHole(size)
            }
        }
    }

    Benchmark("Router: GET that anyone may") { benchmark in
        try await Buckets.use { buckets in
            let bucket = try await buckets.make(settings: "")
            try buckets.measureGet(benchmark, bucket, [])
        }
    }

    Benchmark("Router: GET with an access key") { benchmark in
        try await Buckets.use { buckets in
            let bucket = try await buckets.make(settings: "secret_key=secret&read_key=reader")
            // "reader:"
            try buckets.measureGet(benchmark, bucket, [("Authorization", "Basic cmVhZGVyOg==")])
        }
    }

    Benchmark("Router: GET with an access token") { benchmark in
        try await Buckets.use { buckets in
            let bucket = try await buckets.make(settings: "secret_key=secret&read_key=reader&signing_key=signer")
            let token = try await buckets.send(
                .post, "/\(bucket)/tokens/", "prefix=user:&permissions=read",
                [("Authorization", "Bearer secret"), ("Accept", "text/plain")])
            try buckets.measureGet(benchmark, bucket, [("Authorization", "Bearer \(token)")])
        }
    }
}

/// Measures a thousand calls, and makes as many before that nothing looks at.
private func measure(_ benchmark: Benchmark, _ call: () throws -> Void) rethrows {
    for _ in benchmark.scaledIterations { try call() }
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { try call() }
    benchmark.stopMeasurement()
}

/// The API over a store in memory, called without a socket.
private struct Buckets {
    /// That every bucket has.
    static let key = "user:1234"

    let store: KeyValueStore
    private let api: KVdbAPI
    private let eventLoop: any EventLoop

    /// Calls `body`, then ends what was made for it.
    static func use(_ body: (Buckets) async throws -> Void) async throws {
        guard let secret = ServerSecret([UInt8](repeating: 7, count: 32)) else {
            throw UnexpectedOutcome(what: "a secret that is none")
        }
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let scanThreads = ScanThreads(numberOfThreads: 1)
        let scriptThreads = ScriptThreads(numberOfThreads: 1)
        let result: Result<Void, any Error>
        do {
            try await BenchmarkedStore.inMemory { store in
                let api = KVdbAPI(
                    store: store, serverSecret: secret, blockingThreads: threads, scanThreads: scanThreads,
                    scriptThreads: scriptThreads, logger: BenchmarkedStore.logger)
                try await body(
                    Buckets(store: store, api: api, eventLoop: MultiThreadedEventLoopGroup.singleton.next()))
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await scriptThreads.shutdown()
        await scanThreads.shutdown()
        try await threads.shutdownGracefully()
        try result.get()
    }

    /// Makes a bucket of settings written as a form, and a key in it.
    ///
    /// - Returns: the bucket's id.
    func make(settings: String) async throws -> String {
        let bucket = try await send(.post, "/", settings)
        _ = try await send(.put, "/\(bucket)/\(Self.key)", String(repeating: "v", count: 100))
        return bucket
    }

    /// Measures GETs of the key that `bucket` has.
    func measureGet(_ benchmark: Benchmark, _ bucket: String, _ fields: [(String, String)]) throws {
        let request = try Request(
            method: .get, target: "/\(bucket)/\(Self.key)",
            headers: [("User-Agent", "curl/8.5.0"), ("Accept", "*/*")] + fields)
        try measure(benchmark) {
            guard case .ready(let response) = api.handle(request, on: eventLoop), response.status == .ok else {
                throw UnexpectedOutcome(what: "a GET that memory did not answer with 200")
            }
            blackHole(response)
        }
    }

    /// Sends a request as the server would.
    ///
    /// - Returns: the body of an answer of 200.
    func send(
        _ method: Method, _ target: String, _ body: String, _ fields: [(String, String)] = []
    ) async throws -> String {
        let request = try Request(method: method, target: target, headers: fields, body: ByteBuffer(string: body))
        let response =
            switch api.handle(request, on: eventLoop) {
            case .ready(let response): response
            case .pending(let future): try await future.get()
            }
        guard response.status == .ok else { throw UnexpectedOutcome(what: "\(response.status) to \(target)") }
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(buffer: bytes)
    }
}
