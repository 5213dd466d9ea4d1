import HTTPAPI
import HTTPServer
import Logging
import NIOCore
import NIOPosix
import Storage
import StorageTesting

@testable import KOTAPI
@testable import KeyValueStore

/// KOT's API over a store in memory, called without a socket.
struct TestKOTAPI: Sendable {
    static let password = "pass"
    static let address = ClientAddress(ipv4: 0x7F00_0001)
    static let location = "/var/lib/kvick"

    let engine: InMemoryEngine
    let store: KeyValueStore
    let databases: KOTDatabases
    let api: KOTAPI
    private let keyDerivation: KeyDerivation
    private let threads: NIOThreadPool
    private let scanThreads: ScanThreads

    fileprivate init(_ options: KOTOptions, _ derivation: KeyDerivation.Options) throws {
        let garbage = Garbage()
        engine = InMemoryEngine(filter: garbage.filter)
        store = try KeyValueStore(engine: engine, garbage: garbage, options: StoreOptions(), logger: .silent)
        threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        scanThreads = ScanThreads(numberOfThreads: 2)
        keyDerivation = KeyDerivation(options: derivation)
        databases = try KOTDatabases(
            store: store, keyDerivation: keyDerivation, blockingThreads: threads, scanThreads: scanThreads,
            limits: options.limits, location: Self.location, logger: .silent)
        api = KOTAPI(databases, options: options)
    }

    fileprivate func close() async throws {
        await keyDerivation.shutdown()
        await scanThreads.shutdown()
        await store.close()
        try await threads.shutdownGracefully()
    }

    /// The API as it is when a server starts anew on the same store, with limits of its own.
    func restarted(limits: KOTLimits) throws -> KOTDatabases {
        try KOTDatabases(
            store: store, keyDerivation: keyDerivation, blockingThreads: threads, scanThreads: scanThreads,
            limits: limits, location: Self.location, logger: .silent)
    }

    // MARK: Requests

    /// Sends a request as the server would, and takes all of its answer.
    ///
    /// - Parameter headers: all of them: without Authorization it is a request that has none.
    func send(
        _ method: Method, _ target: String, _ body: [UInt8] = [], _ headers: [(String, String)] = [],
        from address: ClientAddress = Self.address
    ) async throws -> Answer {
        let request = try Request(
            method: method, target: target, headers: headers, body: ByteBuffer(bytes: body), remoteAddress: address)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let limit = api.bodySizeLimit(for: request)
        let reply = try await eventLoop.submit {
            body.count <= limit
                ? api.handle(request, on: eventLoop)
                : api.refuseBody(of: request, size: body.count, limit: limit, on: eventLoop)
        }.get()
        switch reply {
        case .ready(let response): return try await Answer(response, on: eventLoop)
        case .pending(let future): return try await Answer(future.get(), on: eventLoop)
        }
    }

    func get(_ target: String) async throws -> Answer {
        try await send(.get, target, [], [Authorization.password])
    }

    /// Sends parameters as a JSON object.
    @discardableResult
    func post(
        _ target: String, _ json: String = "{}", _ headers: [(String, String)] = [],
        from address: ClientAddress = Self.address
    ) async throws -> Answer {
        try await send(
            .post, target, Array(json.utf8), [Authorization.password, ("Content-Type", "application/json")] + headers,
            from: address)
    }

    /// Sends parameters as a form.
    func post(_ target: String, form: KeyValuePairs<String, String>) async throws -> Answer {
        try await send(
            .post, target, Array(urlEncoded(form).utf8),
            [Authorization.password, ("Content-Type", "application/x-www-form-urlencoded")])
    }

    // MARK: Requests for keys

    /// - Parameter value: a JSON text.
    @discardableResult
    func set(
        _ database: String, _ key: String, _ value: String, encryptionKey: String? = nil, compress: Bool = false,
        from address: ClientAddress = Self.address
    ) async throws -> Answer {
        let sealing = encryptionKey.map { #","encryption_key":"\#($0)""# } ?? ""
        return try await post(
            "/controller/set",
            #"{"database_name":"\#(database)","key":"\#(key)","value":\#(value),"compress":\#(compress)\#(sealing)}"#,
            from: address)
    }

    func get(_ database: String, _ key: String, encryptionKey: String? = nil) async throws -> Answer {
        let sealing = encryptionKey.map { #","encryption_key":"\#($0)""# } ?? ""
        return try await post(
            "/controller/get", #"{"database_name":"\#(database)","key":"\#(key)"\#(sealing)}"#)
    }

    func getAll(_ database: String, encryptionKey: String? = nil) async throws -> Answer {
        let sealing = encryptionKey.map { #","encryption_key":"\#($0)""# } ?? ""
        return try await post("/controller/get_all", #"{"database_name":"\#(database)"\#(sealing)}"#)
    }

    /// What a route says of a database as a whole, as its count.
    func text(_ target: String, of database: String) async throws -> String {
        try await post(target, #"{"database_name":"\#(database)"}"#).text
    }

    /// What a key takes, in bytes.
    func size(_ database: String, _ key: String) async throws -> Int? {
        Int(try await post("/controller/size", #"{"database_name":"\#(database)","key":"\#(key)"}"#).text.dropLast())
    }

    // MARK: The store below

    /// Runs a command of the store's own.
    func write<Result: Sendable>(
        _ command: @escaping @Sendable (WriteTransaction) throws(StoreError) -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            store.write(size: 100, freesSpace: false, command) { continuation.resume(with: $0) }
        }
    }
}

/// Calls `body` with an API of its own.
func withAPI(
    _ options: KOTOptions = KOTOptions(.password(TestKOTAPI.password)),
    derivation configure: (inout KeyDerivation.Options) -> Void = { _ in },
    _ body: (TestKOTAPI) async throws -> Void
) async throws {
    var derivation = KeyDerivation.Options()
    derivation.cost = 1 << 4
    configure(&derivation)
    let test = try TestKOTAPI(options, derivation)
    do {
        try await body(test)
    } catch {
        try await test.close()
        throw error
    }
    try await test.close()
}

/// Calls `body` with an API that has these limits.
func withLimits(
    _ configure: (inout KOTOptions) -> Void, _ body: (TestKOTAPI) async throws -> Void
) async throws {
    var options = KOTOptions(.password(TestKOTAPI.password))
    configure(&options)
    try await withAPI(options, body)
}

/// Header fields that carry a credential.
enum Authorization {
    /// As KOT's client sends it, with no user name.
    static let password = basic("", TestKOTAPI.password)

    static func basic(_ user: String, _ password: String) -> (String, String) {
        ("Authorization", "Basic " + base64(Array("\(user):\(password)".utf8)))
    }
}

func urlEncoded(_ form: KeyValuePairs<String, String>) -> String {
    form.map { "\(PercentEncoding.encode(Array($0.utf8)))=\(PercentEncoding.encode(Array($1.utf8)))" }
        .joined(separator: "&")
}

extension Logger {
    static var silent: Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}
