import KVdbAPI
import KeyValueStore
import Logging
import RocksDBEngine
import Storage

/// The store of a folder, held by this process.
struct OpenedStore: Sendable {
    let directory: StoreDirectory
    let store: KeyValueStore
    private let engine: RocksDBEngine

    /// - Parameter path: made absolute by the current folder.
    /// - Throws: `StorageError`.
    init(path: String, cacheSize: Int, options: StoreOptions, logger: Logger) throws {
        directory = try StoreDirectory(path: PathText.absolute(path))
        let garbage = Garbage()
        var engineOptions = RocksDBOptions()
        engineOptions.cacheSize = cacheSize
        engine = try RocksDBEngine.open(
            path: directory.enginePath, creating: directory.isNew, options: engineOptions, filter: garbage.filter
        ) { [directory] (reader) throws(StorageError) in try directory.admit(reader) }
        try directory.finishOpening()
        store = try KeyValueStore(
            engine: engine, garbage: garbage, options: options, directory: directory, logger: logger)
    }

    /// Calls `body` with threads to work on, then ends them and closes the store.
    func use<Result>(_ body: (WorkerThreads) async throws -> Result) async throws -> Result {
        let threads = WorkerThreads()
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(threads))
        } catch {
            result = .failure(error)
        }
        await threads.shutdown()
        await store.close()
        return try result.get()
    }

    /// What backups of the store are made from, while it is in use.
    func checkpoints(_ logger: Logger) -> StoreCheckpoints {
        StoreCheckpoints(engine: engine, directory: directory, logger: logger)
    }

    /// The buckets of the store as clients see them.
    func buckets(_ options: KVdbOptions, _ threads: WorkerThreads, _ logger: Logger) -> KVdbAPI {
        KVdbAPI(
            store: store, serverSecret: directory.serverSecret, options: options, blockingThreads: threads.blocking,
            scanThreads: threads.scans, scriptThreads: threads.scripts, logger: logger)
    }
}
