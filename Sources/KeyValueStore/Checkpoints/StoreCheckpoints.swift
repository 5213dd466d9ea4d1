import Logging
import NIOCore
import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many checkpoints a store may have, and for how long.
public struct CheckpointLimits: Sendable {
    /// How many there may be at once.
    public var count = 2
    /// For how long one stays that nobody reads.
    public var patience: Duration = .seconds(300)
    /// All go where the file system has fewer free bytes than this: they keep the space of files that the store itself needs no more.
    public var freeSpaceMin = 256 << 20

    public init() {}
}

/// The checkpoints of an open store, in a folder beside its engine's.
///
/// Each goes by itself, once nobody has asked for it for a while or the disk gets full. Safe to use from any thread; all calls may block.
public final class StoreCheckpoints: Sendable {
    private struct Entry {
        let checkpoint: Checkpoint
        var lastUse: ContinuousClock.Instant
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// How many are being made.
        var starting = 0
        var nextNumber: UInt64 = 1
    }

    private let engine: any FileStorageEngine
    private let clock: @Sendable () -> Timestamp
    private let directory: StoreDirectory
    private let limits: CheckpointLimits
    private let logger: Logger
    private let state = Mutex(State())
    /// Keeps the ids of one process apart from another's.
    private let run = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    /// Nil as long as there was none to be removed.
    private let watch = Mutex<Housekeeping?>(nil)

    /// - Parameter engine: opened in `directory`.
    public init(
        engine: any FileStorageEngine, directory: StoreDirectory, limits: CheckpointLimits = CheckpointLimits(),
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now, logger: Logger
    ) {
        self.engine = engine
        self.clock = clock
        self.directory = directory
        self.limits = limits
        self.logger = logger
    }

    /// Removes all, and takes no more.
    public func close() async {
        await watch.withLock { $0 }?.stop()
        state.withLock { state in
            state.starting = limits.count
            state.entries = [:]
        }
        PosixFile.removeFolder(directory.checkpointsPath)
    }

    /// Makes a checkpoint of the store as it is now: every change is in it that anyone was told of before the call.
    ///
    /// - Returns: nil where there are as many as there may be.
    /// - Throws: `outOfSpace`, `inaccessible`, `failed`; `damaged` where what was made is not what it should be.
    public func make() throws(StorageError) -> Checkpoint? {
        let id = state.withLock { state -> String? in
            guard state.entries.count + state.starting < limits.count else { return nil }
            state.starting += 1
            defer { state.nextNumber += 1 }
            return "\(run)-\(state.nextNumber)"
        }
        guard let id else { return nil }
        watch.withLock { watch in
            guard watch == nil else { return }
            watch = Housekeeping(every: .seconds(1)) { [weak self] in self?.removeUnwanted() }
        }
        defer { state.withLock { $0.starting -= 1 } }
        do throws(StorageError) {
            let checkpoint = try make(id)
            state.withLock { $0.entries[id] = Entry(checkpoint: checkpoint, lastUse: .now) }
            return checkpoint
        } catch {
            PosixFile.removeFolder(path(id))
            // Where the engine's making of it was cut short.
            PosixFile.removeFolder(path(id) + ".tmp")
            throw error
        }
    }

    private func make(_ id: String) throws(StorageError) -> Checkpoint {
        if let freeSpace, freeSpace < limits.freeSpaceMin {
            throw StorageError(
                .outOfSpace,
                "\(freeSpace >> 20) MiB are free, \(limits.freeSpaceMin >> 20) MiB are needed for a checkpoint; free some"
            )
        }
        let isThere = mkdir(directory.checkpointsPath, 0o700) == 0 || errno == EEXIST
        guard isThere else { throw PosixFile.failure("make", directory.checkpointsPath) }
        let expected = try StoredRevision.newest(in: engine)
        let created = clock()
        try engine.checkpoint(at: path(id))
        var revision = Revision.zero
        try type(of: engine).withReader(path: path(id)) { (reader, _) throws(StorageError) in
            revision = try StoredRevision.newest(in: reader)
        }
        guard revision >= expected else {
            throw StorageError(
                .damaged, "a checkpoint ends at revision \(revision) in place of \(expected); check the disk")
        }
        try requireSecret()
        let format = StoreDirectory.format
        let files = try type(of: engine).files(in: path(id)).map { (file) throws(StorageError) in
            let name = StoreDirectory.engineName + "/" + file.name
            return try CheckpointFile(name: name, at: path(of: name, in: id), isImmutable: file.isImmutable)
        }
        let secret = try CheckpointFile(
            name: StoreDirectory.secretName, at: path(of: StoreDirectory.secretName, in: id), isImmutable: false)
        return Checkpoint(id: id, revision: revision, created: created, format: format, files: files + [secret])
    }

    /// Refuses to copy a secret that was damaged since the store was opened: with it, no access key could be checked any more.
    private func requireSecret() throws(StorageError) {
        let file = directory.path + "/" + StoreDirectory.secretName
        guard let bytes = try PosixFile.read(file), directory.serverSecret.isMade(of: bytes) else {
            throw StorageError(
                .damaged,
                "\(file) is not what it was when the store was opened; check the disk, and restore it from a backup")
        }
    }

    // MARK: Reading

    /// The checkpoint of that id, which counts as a use of it; nil where there is none, or none any more.
    public func checkpoint(_ id: String) -> Checkpoint? {
        state.withLock { state in
            state.entries[id]?.lastUse = .now
            return state.entries[id]?.checkpoint
        }
    }

    /// Opens a file of a checkpoint.
    ///
    /// - Returns: its size in bytes and the file; nil where there is no such checkpoint, or no such file in it.
    public func open(_ name: String, in id: String) throws(StorageError) -> CheckpointReader? {
        guard let checkpoint = checkpoint(id), let file = checkpoint.files.first(where: { $0.name == name }) else {
            return nil
        }
        return try CheckpointReader(path: path(of: file.name, in: id), size: file.size) { [weak self] in
            _ = self?.checkpoint(id)
        }
    }

    /// - Returns: whether there was one.
    public func remove(_ id: String) -> Bool {
        guard state.withLock({ $0.entries.removeValue(forKey: id) }) != nil else { return false }
        PosixFile.removeFolder(path(id))
        return true
    }

    private func path(_ id: String) -> String { directory.checkpointsPath + "/" + id }

    /// Where the file is that belongs at `name` in a store's folder.
    private func path(of name: String, in id: String) -> String {
        guard name != StoreDirectory.secretName else { return directory.path + "/" + name }
        return path(id) + name.dropFirst(StoreDirectory.engineName.count)
    }

    // MARK: Cleaning

    private func removeUnwanted() {
        let now = ContinuousClock.now
        let ids = state.withLock { state in state.entries.filter { now - $0.value.lastUse > limits.patience }.map(\.key)
        }
        for id in ids where remove(id) {
            logger.info("a checkpoint that nobody read was removed", metadata: ["id": "\(id)"])
        }
        guard state.withLock({ !$0.entries.isEmpty }), let free = freeSpace, free < limits.freeSpaceMin else { return }
        for id in state.withLock({ Array($0.entries.keys) }) where remove(id) {
            logger.warning("a checkpoint was removed, for the disk is nearly full", metadata: ["id": "\(id)"])
        }
    }

    /// In bytes; nil where the file system doesn't say.
    private var freeSpace: Int? {
        var status = statvfs()
        guard statvfs(directory.path, &status) == 0 else { return nil }
        return Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
            .partialValue
    }
}
