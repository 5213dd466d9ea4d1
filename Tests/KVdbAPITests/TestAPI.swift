import HTTPAPI
import HTTPServer
import Logging
import NIOCore
import NIOPosix
import Storage
import StorageTesting

@testable import KVdbAPI
@testable import KeyValueStore

/// What a request was answered, with its body whole.
struct Answer: Sendable {
    var status: Int
    var fields: [(name: String, value: String)]
    var bytes: [UInt8]
    var isStreamed = false

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// The API over a store in memory, called without a socket.
struct TestAPI: Sendable {
    let engine: InMemoryEngine
    let store: KeyValueStore
    let api: KVdbAPI
    let threads: NIOThreadPool
    let scanThreads: ScanThreads
    let scriptThreads: ScriptThreads

    static func make(
        options: KVdbOptions = KVdbOptions(), maxStartingLists: Int = 512, maxScripts: Int = 256,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now,
        configure: (inout StoreOptions) -> Void = { _ in }
    ) throws -> TestAPI {
        let garbage = Garbage()
        let engine = InMemoryEngine(filter: garbage.filter)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var storeOptions = StoreOptions()
        storeOptions.clock = clock
        configure(&storeOptions)
        let store = try KeyValueStore(engine: engine, garbage: garbage, options: storeOptions, logger: logger)
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let scanThreads = ScanThreads(numberOfThreads: 2, maxStarting: maxStartingLists)
        let scriptThreads = ScriptThreads(numberOfThreads: 2, maxCount: maxScripts)
        guard let secret = ServerSecret([UInt8](repeating: 7, count: 32)) else {
            throw StorageError(.failed, "no secret")
        }
        let api = KVdbAPI(
            store: store, serverSecret: secret, options: options, blockingThreads: threads,
            scanThreads: scanThreads, scriptThreads: scriptThreads, logger: logger)
        return TestAPI(
            engine: engine, store: store, api: api, threads: threads, scanThreads: scanThreads,
            scriptThreads: scriptThreads)
    }

    func close() async throws {
        await scriptThreads.shutdown()
        await scanThreads.shutdown()
        await store.close()
        try await threads.shutdownGracefully()
    }

    /// Sends a request as the server would, and takes all of its answer.
    func send(
        _ method: Method, _ target: String, _ body: [UInt8] = [], _ headers: [(String, String)] = []
    ) async throws -> Answer {
        let request = try Request(method: method, target: target, headers: headers, body: ByteBuffer(bytes: body))
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let limit = api.bodySizeLimit(for: request)
        let reply = try await eventLoop.submit {
            body.count <= limit
                ? api.handle(request, on: eventLoop)
                : api.refuseBody(of: request, size: body.count, limit: limit, on: eventLoop)
        }.get()
        switch reply {
        case .ready(let response): return try await collect(response, on: eventLoop)
        case .pending(let future): return try await collect(future.get(), on: eventLoop)
        }
    }

    func send(
        _ method: Method, _ target: String, _ body: String, _ headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(method, target, Array(body.utf8), headers)
    }

    /// Makes a bucket of settings written as a form, and gives its id.
    func makeBucket(_ form: String = "") async throws -> String {
        try await send(.post, "/", form).text
    }

    private func collect(_ response: Response, on eventLoop: any EventLoop) async throws -> Answer {
        var answer = Answer(status: response.status.code, fields: response.headers.fields, bytes: [])
        switch response.body {
        case .empty:
            break
        case .bytes(let buffer):
            answer.bytes = Array(buffer.readableBytesView)
        case .stream(let stream) where stream.isEndless:
            answer.isStreamed = true
            try await eventLoop.submit { stream.cancel() }.get()
        case .stream(let stream):
            answer.isStreamed = true
            while let piece = try await stream.next(on: eventLoop).get() {
                answer.bytes += Array(piece.readableBytesView)
            }
        }
        return answer
    }
}

/// `Authorization` as curl's `-u KEY:` sends it.
func basic(_ user: String, password: String = "") -> (String, String) {
    ("Authorization", "Basic " + base64(Array("\(user):\(password)".utf8)))
}

func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let number = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for place in 0..<4 {
            text.append(place <= group.count ? alphabet[number >> (18 - 6 * place) & 63] : "=")
        }
    }
    return text
}
