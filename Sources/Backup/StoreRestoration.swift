import FoundationEssentials
import KeyValueStore
import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A store on its way into a new or empty folder, which is no store until all of it is there and was looked at.
package final class StoreRestoration {
    private static let stagingName = "restoring.part"

    private let path: String
    /// Whether the folder was not there before.
    private let isNew: Bool
    private let lock: CInt
    private let hadLock: Bool
    private var isBegun = false
    private var isFinished = false
    /// What lies in its last place already.
    private var placed: [String] = []

    /// Where the files of the backup are to be written.
    package var stagingPath: String { path + "/" + Self.stagingName }

    /// - Throws: a `BackupError`, also where the folder holds anything; what a restore left that was ended is removed.
    package init(into path: String) throws {
        self.path = path
        isNew = DiskFile.size(path) == nil
        guard isNew || DiskFile.isFolder(path) else { throw BackupError("\(path) is not a folder; choose another") }
        try DiskFile.makeFolder(path)
        hadLock = DiskFile.size(path + "/LOCK") != nil
        lock = try Self.lock(path)
        // Where this throws, the folder is left as it was.
        try Self.requireEmpty(path)
        try DiskFile.makeFolder(stagingPath)
        isBegun = true
    }

    deinit {
        if !isFinished { discard() }
        close(lock)
    }

    /// Opens what was written, compares it with the backup, and makes it the folder's store.
    ///
    /// - Throws: a `BackupError` or a `StorageError`; then the folder is as it was.
    package func finish(_ backup: StoreBackup, engine: any FileStorageEngine.Type, now: Timestamp = .now()) throws {
        try backup.verifyRevision(ofStoreIn: stagingPath, engine)
        try StoreDirectory.finishRestoring(
            stagingPath, format: backup.storeFormat, floor: backup.floor(now: now), engine: engine)
        // FORMAT last, and the engine's folder in one step: at no moment is there a part of a store that could be opened.
        for name in [StoreDirectory.secretName, "acknowledged-revision", StoreDirectory.engineName, "FORMAT"] {
            try DiskFile.rename(stagingPath + "/" + name, to: path + "/" + name)
            placed.append(name)
            try DiskFile.syncFolder(path)
        }
        isFinished = true
        rmdir(stagingPath)
    }

    private func discard() {
        // Not where it could not begin: what is there may be others'.
        if isBegun { try? FileManager.default.removeItem(atPath: stagingPath) }
        // Without its last file it is no store at any moment.
        for name in placed.reversed() { try? FileManager.default.removeItem(atPath: path + "/" + name) }
        if !hadLock { unlink(path + "/LOCK") }
        if isNew { rmdir(path) }
    }

    private static func requireEmpty(_ path: String) throws {
        var names = Set(try DiskFile.names(in: path)).subtracting(["LOCK", "lost+found"])
        if names.contains(stagingName), !names.contains("FORMAT") {
            // What a restore left, which began in an empty folder.
            let own = [stagingName, StoreDirectory.engineName, StoreDirectory.secretName, "acknowledged-revision"]
            for name in own where names.remove(name) != nil {
                try FileManager.default.removeItem(atPath: path + "/" + name)
            }
        }
        if names.contains("FORMAT") {
            throw BackupError("\(path) holds a store already; restore into an empty folder, or move that one away")
        }
        if let name = names.min() {
            throw BackupError("\(path) holds other files (\(name)); restore into an empty folder")
        }
    }

    private static func lock(_ path: String) throws -> CInt {
        let file = path + "/LOCK"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError.system("write", file) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw BackupError("\(path) is in use, by a server, a backup or another restore; choose another folder")
        }
        return descriptor
    }
}
