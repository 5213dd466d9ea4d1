import HTTPAPI
import HTTPServer
import KeyValueStore
import Logging
import LuaScripting
import NIOCore
import NIOPosix
import Storage
import Synchronization

/// Serves buckets and keys as the KVdb reference says.
///
/// What memory can answer is answered on the event loop; what may wait for a disk goes to `blockingThreads`, lists to
/// `scanThreads`, and changes to the store's writer.
public final class KVdbAPI: RequestHandler {
    let store: KeyValueStore
    let serverSecret: ServerSecret
    let accessControl: AccessControl
    let options: KVdbOptions
    let blockingThreads: NIOThreadPool
    let scanThreads: ScanThreads
    let scriptThreads: ScriptThreads
    let compiledScripts = ScriptCache()
    let watchers: Watchers
    /// For the values that transactions get, from when each is submitted until it is answered.
    let resultMemory = MemoryBudget(maximum: 256 << 20)
    /// For what scripts write, until it is on disk: for a few of the largest, since all writes wait for those before them.
    let scriptWriteMemory = MemoryBudget(maximum: 32 << 20)
    let scriptCounts = Mutex(ScriptStatistics())
    let logger: Logger

    /// The header fields that browsers need on every answer of the server that this API is served by.
    public static var crossOriginHeaders: [(String, String)] { Answers.crossOrigin }

    public init(
        store: KeyValueStore, serverSecret: ServerSecret, options: KVdbOptions = KVdbOptions(),
        blockingThreads: NIOThreadPool, scanThreads: ScanThreads, scriptThreads: ScriptThreads, logger: Logger
    ) {
        self.store = store
        self.serverSecret = serverSecret
        accessControl = AccessControl(serverSecret: serverSecret, clock: store.clock)
        self.options = options
        self.blockingThreads = blockingThreads
        self.scanThreads = scanThreads
        self.scriptThreads = scriptThreads
        watchers = Watchers(
            store: store, threads: scanThreads, heartbeatInterval: options.heartbeatInterval,
            countMax: options.maxWatchers, logger: logger)
        self.logger = logger
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        do throws(APIError) {
            return try route(request, on: eventLoop, found: nil)
        } catch {
            return .ready(Answers.error(error, to: request))
        }
    }

    public func bodySizeLimit(for request: Request) -> Int {
        switch request.method {
        case .put, .post, .patch:
            return request.withPathBytes { path in
                switch Target(path: path) {
                case .key: options.maxValueSize
                case .bucket(let name) where request.method == .post: transactionSizeLimit(for: request, in: name)
                case .script where request.method == .put: Self.maxScriptSize
                case .script: options.maxScriptInputSize
                case .bucket, .tokens, .scripts, .root, .none: Self.maxFormSize
                }
            }
        default:
            return Self.maxFormSize
        }
    }

    public func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        let refusal = request.withPathBytes { path in
            switch Target(path: path) {
            case .bucket(let name) where request.method == .post: refusalOfTransaction(request, in: name)
            case .script(let name, _) where request.method == .put: refusalOfScript(request, in: name)
            default: nil as APIError?
            }
        }
        if let refusal { return .ready(Answers.error(refusal, to: request)) }
        let given = size.map { "this one has \($0)" } ?? "this one has more"
        return .ready(
            Answers.error(
                .badRequest("the body may have at most \(limit) bytes here, \(given); send less"), to: request))
    }

    /// What settings may take, in bytes.
    private static var maxFormSize: Int { 64 * 1024 }
    /// What a script's source may take, in bytes.
    private static var maxScriptSize: Int { 64 * 1024 }

    /// The most that the body of a transaction in this bucket may take: little where it would be refused whatever it is.
    private func transactionSizeLimit(for request: Request, in encodedName: UnsafeRawBufferPointer) -> Int {
        // One that is declared to be small is within either limit, and its credential is looked at when it is there.
        if let length = request.header(.contentLength).flatMap({ Int($0) }), length <= Self.maxFormSize {
            return Self.maxFormSize
        }
        return refusalOfTransaction(request, in: encodedName) == nil ? options.maxTransactionSize : Self.maxFormSize
    }

    /// What a transaction is answered whatever its body says, as far as memory can tell; nil where the body must be read.
    private func refusalOfTransaction(_ request: Request, in encodedName: UnsafeRawBufferPointer) -> APIError? {
        do throws(APIError) {
            guard let name = bucketName(encodedName) else { throw .bucketNotFound }
            guard let bucket = try bucketOfKey(name, nil, request) else { return nil }
            let credential = try Credential(request, request.query)
            let access = try accessControl.access(to: bucket.namespace, credential)
            // Without a credential there must be something that anyone may do with a key; checks are open to the most.
            if credential == .none { try access.require(.check(UnsafeRawBufferPointer(start: nil, count: 0))) }
            return nil
        } catch {
            return error
        }
    }

    /// What a script is answered whatever its source is, as far as memory can tell.
    private func refusalOfScript(_ request: Request, in encodedName: UnsafeRawBufferPointer) -> APIError? {
        do throws(APIError) {
            guard let name = bucketName(encodedName) else { throw .bucketNotFound }
            guard let bucket = try bucket(name, nil) else { return nil }
            try accessControl.requireManagement(of: bucket, try Credential(request, request.query))
            return nil
        } catch {
            return error
        }
    }

    // MARK: Routing

    /// - Parameter found: the bucket, where it was looked up before: `.some(nil)` says that there is none.
    private func route(
        _ request: Request, on eventLoop: any EventLoop, found: Namespace??
    ) throws(APIError) -> Reply {
        try request.withPathBytesThrowing { (path) throws(APIError) -> Reply in
            switch Target(path: path) {
            case .root:
                if request.method == .options { return .ready(Answers.preflight(allowing: Methods.root)) }
                guard request.method == .post else { throw .methodNotAllowed(Methods.root) }
                return try createBucket(request, on: eventLoop)
            case .bucket(let encodedName):
                if request.method == .options { return .ready(Answers.preflight(allowing: Methods.bucket)) }
                guard let name = bucketName(encodedName) else { throw .bucketNotFound }
                guard [.get, .head, .post, .patch, .delete].contains(request.method) else {
                    throw .methodNotAllowed(Methods.bucket)
                }
                if request.method == .post {
                    guard let bucket = try bucketOfKey(name, found, request) else {
                        return lookUp(name, for: request, on: eventLoop)
                    }
                    return try transact(request, in: bucket, on: eventLoop)
                }
                guard let bucket = try bucket(name, found) else {
                    return lookUp(name, for: request, on: eventLoop)
                }
                return try answer(request, bucket: bucket, on: eventLoop)
            case .key(let encodedName, let encodedKey):
                if request.method == .options { return .ready(Answers.preflight(allowing: Methods.key)) }
                if case .other = request.method { throw .methodNotAllowed(Methods.key) }
                guard let name = bucketName(encodedName) else { throw .bucketNotFound }
                return try withDecodedKey(encodedKey) { (key) throws(APIError) -> Reply in
                    guard let bucket = try bucketOfKey(name, found, request) else {
                        return lookUp(name, for: request, on: eventLoop)
                    }
                    return try answer(request, bucket: bucket, key: key, on: eventLoop)
                }
            case .tokens(let encodedName):
                return try besideKeys(
                    request, encodedName, found, [.post], Methods.tokens, on: eventLoop
                ) { (bucket) throws(APIError) in
                    try createToken(request, bucket: bucket)
                }
            case .scripts(let encodedName):
                return try besideKeys(
                    request, encodedName, found, [.get, .head], Methods.scripts, on: eventLoop
                ) { (bucket) throws(APIError) in
                    try listScripts(request, bucket: bucket, on: eventLoop)
                }
            case .script(let encodedName, let script):
                return try besideKeys(
                    request, encodedName, found, [.get, .head, .put, .post, .delete], Methods.script, on: eventLoop
                ) { (bucket) throws(APIError) in
                    try answer(request, bucket: bucket, script: script, on: eventLoop)
                }
            case .none:
                if request.method == .options { return .ready(Answers.preflight(allowing: Methods.key)) }
                throw .badRequest("the path must begin with /")
            }
        }
    }

    /// Answers a request for what a bucket has beside its keys.
    ///
    /// - Parameters:
    ///   - methods: those that the path has, beside OPTIONS.
    ///   - allowed: the same, as Allow lists them.
    private func besideKeys(
        _ request: Request, _ encodedName: UnsafeRawBufferPointer, _ found: Namespace??, _ methods: [Method],
        _ allowed: String, on eventLoop: any EventLoop, _ answer: (Namespace) throws(APIError) -> Reply
    ) throws(APIError) -> Reply {
        if request.method == .options { return .ready(Answers.preflight(allowing: allowed)) }
        guard methods.contains(request.method) else { throw .methodNotAllowed(allowed) }
        guard let name = bucketName(encodedName) else { throw .bucketNotFound }
        guard let bucket = try bucket(name, found) else { return lookUp(name, for: request, on: eventLoop) }
        return try answer(bucket)
    }

    /// A bucket that takes part in a request: one that lives, or a name that a write may make one of.
    enum Bucket {
        case existing(Namespace)
        case creatable([UInt8])

        var name: NamespaceName {
            switch self {
            case .existing(let namespace): NamespaceName(.bucket, namespace.name)
            case .creatable(let name): NamespaceName(.bucket, name, isCreatedOnWrite: true)
            }
        }

        /// Nil where it is yet to be made.
        var namespace: Namespace? {
            if case .existing(let namespace) = self { namespace } else { nil }
        }
    }

    /// The name in place where nothing in it is encoded; nil where no bucket can have it.
    private func bucketName(_ encoded: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        // The characters of an id are never percent-encoded by a URL library, and no other name exists.
        guard (1...64).contains(encoded.count), encoded.allSatisfy(BucketID.isAllowed) else { return nil }
        return encoded
    }

    /// - Returns: nil where the disk must be asked.
    private func bucket(_ name: UnsafeRawBufferPointer, _ found: Namespace??) throws(APIError) -> Namespace? {
        let namespace: Namespace?
        if let found {
            namespace = found
        } else {
            switch store.cachedNamespace(.bucket, name) {
            case .found(let cached): namespace = cached
            case .absent: namespace = nil
            case .wouldBlock: return nil
            }
        }
        guard let namespace else { throw .bucketNotFound }
        guard namespace.deletion == nil else { throw .bucketDeleted }
        return namespace
    }

    /// As `bucket`, but a write may name a bucket that is yet to be made.
    private func bucketOfKey(
        _ name: UnsafeRawBufferPointer, _ found: Namespace??, _ request: Request
    ) throws(APIError) -> Bucket? {
        do throws(APIError) {
            return try bucket(name, found).map { .existing($0) }
        } catch {
            guard error.status == .notFound, options.opensBuckets, BucketID.mayBeChosen(name),
                [.put, .post, .patch].contains(request.method)
            else { throw error }
            return .creatable(Array(name))
        }
    }

    /// Reads the bucket where blocking is allowed, then begins anew with what was found.
    private func lookUp(
        _ name: UnsafeRawBufferPointer, for request: Request, on eventLoop: any EventLoop
    ) -> Reply {
        let name = Array(name)
        return blocking(request, on: eventLoop) { () throws(StorageError) in
            try self.store.namespace(.bucket, name)
        } then: { (namespace) throws(APIError) in
            try self.route(request, on: eventLoop, found: .some(namespace))
        }
    }

    private func withDecodedKey(
        _ encoded: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(APIError) -> Reply
    ) throws(APIError) -> Reply {
        guard encoded.contains(UInt8(ascii: "%")) else {
            try check(key: encoded)
            return try body(encoded)
        }
        guard let key = PercentEncoding.decode(encoded) else {
            throw .badRequest("a % in the key is not followed by two hexadecimal digits; write % itself as %25")
        }
        return try key.span.bytes.withUnsafeBytes { (key) throws(APIError) -> Reply in
            try check(key: key)
            return try body(key)
        }
    }

    private func check(key: UnsafeRawBufferPointer) throws(APIError) {
        guard key.count <= options.maxKeySize else {
            throw .tooLong(key: key.count, limit: options.maxKeySize)
        }
        guard !ReservedPaths.contain(key) else { throw .notFound("there is nothing at this path") }
    }
}

/// The methods of each kind of path, as Allow lists them (RFC 9110 §10.2.1).
enum Methods {
    static let root = "POST, OPTIONS"
    static let bucket = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
    static let tokens = "POST, OPTIONS"
    static let scripts = "GET, HEAD, OPTIONS"
    static let script = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
    static let key = "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS"
}

/// Paths directly under a bucket that are no keys.
package enum ReservedPaths {
    private static let tokens: StaticString = "tokens/"
    private static let scripts: StaticString = "scripts/"

    /// What a client is told that names a key so.
    package static let refusal = "keys that begin with tokens/ or scripts/ are reserved; choose another"

    /// Whether no key can be named so.
    package static func contain(_ key: UnsafeRawBufferPointer) -> Bool {
        // Asked of every key, so without an array of the two.
        begins(key, with: tokens) || begins(key, with: scripts)
    }

    private static func begins(_ key: UnsafeRawBufferPointer, with path: StaticString) -> Bool {
        key.count >= path.utf8CodeUnitCount
            && UnsafeRawBufferPointer(start: path.utf8Start, count: path.utf8CodeUnitCount)
                .elementsEqual(key.prefix(path.utf8CodeUnitCount))
    }

    /// Whether a key that is still percent-encoded is the path of tokens.
    static func isTokens(_ encoded: UnsafeRawBufferPointer) -> Bool {
        length(of: tokens, in: encoded) == encoded.count
    }

    /// What a key that is still percent-encoded has behind the path of scripts; nil where it is not under that.
    static func script(_ encoded: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        length(of: scripts, in: encoded).map { UnsafeRawBufferPointer(rebasing: encoded[$0...]) }
    }

    /// How many bytes it takes `encoded` to say `prefix`, some of them perhaps percent-encoded; nil where it does not.
    private static func length(of prefix: StaticString, in encoded: UnsafeRawBufferPointer) -> Int? {
        var rest = encoded[...]
        for expected in UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount) {
            guard let byte = rest.popFirst() else { return nil }
            if byte == expected { continue }
            guard byte == UInt8(ascii: "%"), let high = rest.popFirst().flatMap(PercentEncoding.hexValue),
                let low = rest.popFirst().flatMap(PercentEncoding.hexValue), high << 4 | low == expected
            else { return nil }
        }
        return encoded.count - rest.count
    }
}
