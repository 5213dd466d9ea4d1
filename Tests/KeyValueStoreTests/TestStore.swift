import Logging
import Storage
import StorageTesting
import Synchronization

@testable import KeyValueStore

/// A clock that a test sets.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(milliseconds: Int64) {
        time.withLock { $0.milliseconds += milliseconds }
    }
}

/// A store in memory with one bucket, and its calls as async functions.
struct TestStore: Sendable {
    let engine: InMemoryEngine
    let store: KeyValueStore
    let clock: TestClock
    let bucket = NamespaceName(.bucket, Array("bucket".utf8))

    static func make(
        engine: InMemoryEngine? = nil, configure: (inout StoreOptions) -> Void = { _ in }
    ) async throws -> TestStore {
        let clock = TestClock()
        let garbage = Garbage(clock: { clock.now })
        let engine = engine ?? InMemoryEngine(filter: garbage.filter)
        var options = StoreOptions()
        options.clock = { clock.now }
        configure(&options)
        let store = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)
        let made = TestStore(engine: engine, store: store, clock: clock)
        try await made.createBucket("bucket")
        return made
    }

    func createBucket(_ name: String, settings: NamespaceSettings = NamespaceSettings()) async throws {
        try await write { (transaction) throws(StoreError) in
            _ = try transaction.createNamespace(.bucket, Array(name.utf8), settings: settings)
        }
    }

    func write<Result: Sendable>(
        freesSpace: Bool = false,
        _ command: @escaping @Sendable (WriteTransaction) throws(StoreError) -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            store.write(size: 100, freesSpace: freesSpace, command) { continuation.resume(with: $0) }
        }
    }

    @discardableResult
    func set(_ key: String, _ value: String, ttl: TimeToLive? = nil) async throws -> Revision {
        try await withCheckedThrowingContinuation { continuation in
            store.set(bucket, Array(key.utf8), to: NewValue(bytes: Array(value.utf8), timeToLive: ttl)) {
                continuation.resume(with: $0)
            }
        }
    }

    func increment(_ key: String, by text: String, ttl: TimeToLive? = nil) async throws -> String {
        let number = try Number(parsing: Array(text.utf8))
        return try await withCheckedThrowingContinuation { continuation in
            store.increment(bucket, Array(key.utf8), by: number, timeToLive: ttl) {
                continuation.resume(with: $0.map { $0.number.text })
            }
        }
    }

    func delete(_ key: String) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            store.delete(bucket, Array(key.utf8)) { continuation.resume(with: $0) }
        }
    }

    func deleteBucket() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            store.deleteNamespace(.bucket, bucket.name) { continuation.resume(with: $0.map { _ in }) }
        }
    }

    func get(_ key: String) throws -> String? {
        guard let namespace = try store.namespace(.bucket, bucket.name), namespace.deletion == nil else { return nil }
        return try store.record(namespace, Array(key.utf8)) { String(decoding: $0.value, as: UTF8.self) }
    }

    func keys(prefix: String = "", after: String? = nil, reverse: Bool = false) throws -> [String] {
        guard let namespace = try store.namespace(.bucket, bucket.name) else { return [] }
        var keys: [String] = []
        try store.snapshot(of: namespace).scan(
            prefix: Array(prefix.utf8), after: after.map { Array($0.utf8) }, reverse: reverse
        ) { key, _ in
            keys.append(String(decoding: key, as: UTF8.self))
            return .next
        }
        return keys
    }
}

extension Logger {
    static var silent: Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}

/// Waits until `condition` holds, at most a minute: a busy machine may take long to let others run.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while try !condition() {
        guard ContinuousClock.now < end else { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}
