import HTTPAPI
import KOTAPI
import KeyValueStore
import Logging
import Operations
import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Calls `body` with the databases of the store in `folder`, and closes it behind it.
///
/// - Parameter creating: whether a store is made where there is none.
func withLocalService<Result>(
    folder: String, creating: Bool, _ body: (any KOTService) async throws -> Result
) async throws -> Result {
    let path = storePath(in: folder)
    guard creating || access(path + "/FORMAT", F_OK) == 0 else {
        throw CommandFailure("there is no store in \(folder) yet; set a key to make one, or choose another --folder")
    }
    let logger = Logger(label: "kvick") { label in
        LineLogHandler(label: label, format: .text, level: .error, write: StandardError.print)
    }
    let opened = try await open(path, logger)
    return try await opened.use { threads in
        let databases = try KOTDatabases(
            store: opened.store, keyDerivation: threads.keyDerivation, blockingThreads: threads.blocking,
            scanThreads: threads.scans, limits: .highest, location: opened.directory.path, logger: logger,
            logsMessages: false)
        return try await body(databases)
    }
}

/// Another command holds a store for a moment, a server for as long as it runs.
private func open(_ path: String, _ logger: Logger) async throws -> OpenedStore {
    let deadline = ContinuousClock.now + .seconds(3)
    while true {
        do {
            return try OpenedStore(path: path, cacheSize: 64 << 20, options: StoreOptions(), logger: logger)
        } catch let error as StorageError where error.code == .inUse {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    """
                    \(path) is held by another process, as a running server; talk to that with --url and --password, as \
                    --url http://localhost:5000 --password PASSWORD
                    """)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// A folder that is a store itself, or else the one that `serve` uses where it runs there.
func storePath(in folder: String) -> String {
    let folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    return access(folder + "/FORMAT", F_OK) == 0 ? folder : folder + "/kvick-data"
}

extension KOTLimits {
    /// What any server may be told to allow, so that a store is never too large for its own command line.
    fileprivate static var highest: KOTLimits {
        var limits = KOTLimits()
        limits.keySize = KOTSettings.nameSizeMax
        limits.databaseNameSize = KOTSettings.nameSizeMax
        limits.valueSize = KOTSettings.valueSizeMax
        return limits
    }
}
