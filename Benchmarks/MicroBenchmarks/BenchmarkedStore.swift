import Foundation
import KeyValueStore
import Logging
import RocksDBEngine
import StorageTesting

/// Stores to measure, made for each measurement and closed behind it.
enum BenchmarkedStore {
    /// Says nothing, for a benchmark's own output is a table.
    static let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }

    /// Calls `body` with a store in memory.
    static func inMemory(_ body: (KeyValueStore) async throws -> Void) async throws {
        let garbage = Garbage()
        let engine = InMemoryEngine(filter: garbage.filter)
        try await use(try KeyValueStore(engine: engine, garbage: garbage, logger: logger), body)
    }

    /// Calls `body` with a store in a folder for temporary files (`TMPDIR`), which is deleted behind it.
    static func onRocksDB(_ body: (KeyValueStore) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "kvick-benchmark-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = try StoreDirectory(path: path)
        let garbage = Garbage()
        let engine = try RocksDBEngine.open(path: directory.enginePath, creating: true, filter: garbage.filter)
        try directory.finishOpening()
        try await use(
            try KeyValueStore(engine: engine, garbage: garbage, directory: directory, logger: logger), body)
    }

    private static func use(
        _ store: KeyValueStore, _ body: (KeyValueStore) async throws -> Void
    ) async throws {
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(store))
        } catch {
            result = .failure(error)
        }
        await store.close()
        try result.get()
    }
}
