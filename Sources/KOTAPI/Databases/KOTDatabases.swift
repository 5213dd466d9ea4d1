import HTTPAPI
import KeyValueStore
import Logging
import NIOPosix
import Storage

/// KOT's databases over a store.
public struct KOTDatabases: KOTService {
    let store: KeyValueStore
    let keyDerivation: KeyDerivation
    let blockingThreads: NIOThreadPool
    let scanThreads: ScanThreads
    public let limits: KOTLimits
    let usage: KOTUsage?
    /// Where the store is, as `database_list` says for each database.
    let location: String
    let logger: Logger
    let logsMessages: Bool
    let logClock = LogClock()
    /// What values take on their way to clients, as far as no connection counts it.
    let resultMemory = MemoryBudget(maximum: 256 << 20)
    /// Who asks: a server has one for each request.
    var requester = KeyDerivation.Requester()

    /// May block on the disk, where the limits want databases or keys to be counted.
    ///
    /// - Parameters:
    ///   - location: where the store is, as `databases` says of each.
    ///   - logsMessages: whether messages that are kept go to `logger`, too.
    /// - Throws: `StoreError`, where they can't be.
    public init(
        store: KeyValueStore, keyDerivation: KeyDerivation, blockingThreads: NIOThreadPool,
        scanThreads: ScanThreads, limits: KOTLimits = KOTLimits(), location: String, logger: Logger,
        logsMessages: Bool = true
    ) throws {
        self.logsMessages = logsMessages
        self.store = store
        self.keyDerivation = keyDerivation
        self.blockingThreads = blockingThreads
        self.scanThreads = scanThreads
        self.limits = limits
        self.location = location
        self.logger = logger
        guard limits.count else {
            usage = nil
            return
        }
        let usage = KOTUsage(limits)
        let databases = try StoreError.wrapping { () throws(StorageError) in try store.namespaces(.database) }
        for database in databases {
            var count = 0
            if limits.keys != nil {
                let snapshot = try StoreError.wrapping { () throws(StorageError) in try store.snapshot(of: database) }
                try snapshot.scan(prefix: [], after: nil, reverse: false) { _, _ in
                    count += 1
                    return .next
                }
            }
            usage.load(database.id, keys: count)
        }
        self.usage = usage
    }

    /// The same for one request.
    func on(behalfOf client: String?, isGone: @escaping @Sendable () -> Bool) -> KOTDatabases {
        var copy = self
        copy.requester = KeyDerivation.Requester(client: client, isGone: isGone)
        return copy
    }

    // MARK: What the operations share

    /// Nil where there is no such database.
    func namespace(_ database: String) async throws(APIError) -> Namespace? {
        let name = Array(database.utf8)
        switch name.withUnsafeBytes({ store.cachedNamespace(.database, $0) }) {
        case .found(let namespace): return namespace
        case .absent: return nil
        case .wouldBlock: return try await blocking { [store] in try store.namespace(.database, name) }
        }
    }

    /// Runs what may block where it may.
    func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws(APIError) -> Value {
        let isGone = requester.isGone
        do {
            return try await blockingThreads.runIfActive {
                // Nobody waits for it any more, and others wait for the thread.
                guard !isGone() else { throw StoreError.closed }
                return try body()
            }
        } catch {
            throw failure(error)
        }
    }

    /// Does work on so many bytes, where that may block if there are many.
    func parsing<Value: Sendable>(
        _ size: Int, _ body: @escaping @Sendable () throws -> Value
    ) async throws(APIError) -> Value {
        guard size <= Self.maxSizeInPlace else { return try await blocking(body) }
        do {
            return try body()
        } catch {
            throw failure(error)
        }
    }

    /// Up to this size values are compressed, sealed and opened without a change of threads, in bytes.
    static var maxSizeInPlace: Int { 64 << 10 }

    /// Counts what a request is about to hold.
    ///
    /// - Throws: `unavailable` where there is no room for it.
    func memory(_ size: Int) throws(APIError) -> MemoryHold {
        guard let hold = MemoryHold(size, of: resultMemory) else {
            throw .unavailable("too many large values are being read; try again soon", retryAfter: 1)
        }
        return hold
    }

    /// Runs a command on the writer.
    func writing<Value: Sendable>(
        _ submit: (@escaping @Sendable (Result<Value, StoreError>) -> Void) -> Void
    ) async throws(APIError) -> Value {
        let result = await withCheckedContinuation { (promise: CheckedContinuation<Result<Value, StoreError>, Never>) in
            submit { promise.resume(returning: $0) }
        }
        do throws(StoreError) {
            return try result.get()
        } catch {
            throw failure(error)
        }
    }

    /// What a client is told of whatever stopped a request, which is logged where the operator has to know.
    func failure(_ error: any Error) -> APIError {
        switch error {
        case let error as APIError:
            return error
        case let error as StorageError:
            return failure(StoreError.storage(error))
        case let error as StoreError:
            if case .storage(let cause) = error { logger.error("a read failed", metadata: ["error": "\(cause)"]) }
            return APIError(error, namespace: .database)
        case KeyDerivation.Failure.busy:
            return .unavailable(
                "too many passphrases are being tried; the value was not read or written, try again soon", retryAfter: 2
            )
        case StoredValue.Failure.wrongKey:
            return .wrongEncryptionKey
        case StoredValue.Failure.unreadable:
            logger.error("a value of a database is of no format that this version knows")
            return .unreadable
        default:
            // As where the threads take no more work.
            logger.debug("a request was not carried out", metadata: ["error": "\(error)"])
            return APIError(.closed, namespace: .database)
        }
    }
}

extension APIError {
    /// Of a value that is sealed under another passphrase, or of which none was given.
    static let wrongEncryptionKey = forbidden("wrong encryption key")
    static let databaseNotFound = notFound("there is no database of this name; set a key to make it")
    static let databaseReplaced = unavailable("the database was changed as a whole meanwhile; try again", retryAfter: 1)
}

extension APIError.NamespaceErrors {
    fileprivate static let database = APIError.NamespaceErrors(
        notFound: .databaseNotFound, deleted: .databaseReplaced,
        exists: APIError(
            status: .conflict, message: "there is a database of the new name; choose another, or force it"))
}
