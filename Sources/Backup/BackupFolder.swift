import Crypto
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

/// A folder of backups, which have in common what they share: a file is there once, under its digest.
///
/// `docs/format.md`, "Backups of stores", names its files. Whoever changes it holds it alone; those who read it keep others from changing it.
package final class BackupFolder {
    package struct Entry: Hashable, Sendable {
        /// From 1, in the order of their making.
        package let number: Int
        package let backup: StoreBackup
    }

    enum Access {
        case reading, writing
    }

    /// What can be said of one of the folder's backups.
    package struct Reading {
        package let number: Int
        /// A failure says why the manifest can't be read.
        package let backup: Result<StoreBackup, BackupError>
    }

    package static let markName = "BACKUPS"
    static let mark = "kvick-backups 1\n"
    /// The highest number that a backup may have.
    static let numberMax = 999_999_999

    package let path: String
    private let lock: CInt

    var manifestsPath: String { path + "/backups" }
    var filesPath: String { path + "/files" }
    /// For what is not whole yet; only the one who writes has anything there.
    var incomingPath: String { path + "/incoming" }

    /// Opens a folder of backups to add to it, and makes it where there is none.
    ///
    /// - Throws: a `BackupError`, also where the folder holds something else, or another process uses it.
    package static func openForWriting(_ path: String) throws -> BackupFolder {
        try makeIfMissing(path)
        let folder = try BackupFolder(path: path, access: .writing)
        for part in [folder.manifestsPath, folder.filesPath, folder.incomingPath] { try DiskFile.makeFolder(part) }
        // What a process left that was ended.
        for name in try DiskFile.names(in: folder.incomingPath) { unlink(folder.incomingPath + "/" + name) }
        return folder
    }

    /// Opens a folder of backups to read them.
    ///
    /// - Throws: a `BackupError`, also where the folder holds none.
    package static func open(_ path: String) throws -> BackupFolder {
        guard DiskFile.size(path + "/" + markName) != nil else {
            // Nobody knows what is in a folder that this user may not look into.
            if errno == EACCES { throw BackupError.system("read", path) }
            guard DiskFile.isFolder(path) else { throw BackupError("there is no folder \(path)") }
            throw BackupError("\(path) holds no backups; 'kvick backup \(path)' makes one there")
        }
        return try BackupFolder(path: path, access: .reading)
    }

    private init(path: String, access: Access) throws {
        self.path = path
        let mark = try DiskFile.bytes(path + "/" + Self.markName, sizeMax: 64)
        guard String(decoding: mark, as: UTF8.self) == Self.mark else {
            throw BackupError("\(path)/\(Self.markName) is damaged, or of a newer version of Kvick")
        }
        lock = try Self.lock(path, access)
    }

    deinit {
        if lock >= 0 { close(lock) }
    }

    private static func makeIfMissing(_ path: String) throws {
        guard DiskFile.size(path + "/" + markName) == nil else { return }
        try DiskFile.makeFolder(path)
        let others = try DiskFile.names(in: path).filter { $0 != "lost+found" && $0 != markName + ".part" }
        guard others.isEmpty else {
            throw BackupError("\(path) holds other files (\(others[0])) and no backups; choose an empty folder")
        }
        let temporary = path + "/" + markName + ".part"
        unlink(temporary)
        let file = try NewFile(path: temporary)
        try Array(mark.utf8).withUnsafeBytes { try file.write($0) }
        _ = try file.finish()
        try DiskFile.rename(temporary, to: path + "/" + markName)
        try DiskFile.syncFolder(path)
    }

    private static func lock(_ path: String, _ access: Access) throws(BackupError) -> CInt {
        let file = path + "/LOCK"
        let flags = access == .writing ? O_RDWR | O_CREAT : O_RDONLY
        let descriptor = Self.open(file, flags | O_CLOEXEC)
        guard descriptor >= 0 else {
            // To read needs no rights but to read.
            guard access == .writing else { return -1 }
            throw .system("write", file)
        }
        guard flock(descriptor, (access == .writing ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let error = BackupError.system("lock", file)
            close(descriptor)
            throw isHeld
                ? BackupError("\(path) is in use by another backup or restore; try again when that has ended") : error
        }
        return descriptor
    }

    private static func open(_ path: String, _ flags: CInt) -> CInt {
        #if canImport(Glibc)
            Glibc.open(path, flags, 0o600)
        #elseif canImport(Musl)
            Musl.open(path, flags, 0o600)
        #else
            Darwin.open(path, flags, 0o600)
        #endif
    }

    // MARK: The backups

    /// All backups, oldest first.
    ///
    /// - Throws: a `BackupError` that names a manifest that is damaged.
    package func entries() throws -> [Entry] {
        try numbers().map(entry)
    }

    /// As `entries`, but those that are damaged keep nobody from the others.
    package func readings() throws -> [Reading] {
        try numbers().map { number in
            do {
                return Reading(number: number, backup: .success(try entry(number).backup))
            } catch let error as BackupError {
                return Reading(number: number, backup: .failure(error))
            }
        }
    }

    /// The backup of that number, or the newest one.
    ///
    /// - Throws: a `BackupError`, also where there is none.
    package func entry(_ number: Int?) throws -> Entry {
        let numbers = try numbers()
        guard let newest = numbers.last else { throw BackupError("\(path) holds no backup yet") }
        guard let number else { return try entry(newest) }
        guard numbers.contains(number) else {
            throw BackupError(
                "\(path) holds no backup \(number); 'kvick backup --list \(path)' shows those that it has")
        }
        return try entry(number)
    }

    private func entry(_ number: Int) throws -> Entry {
        let name = manifestPath(number)
        let bytes = try DiskFile.bytes(name, sizeMax: StoreBackup.sizeMax)
        return Entry(number: number, backup: try StoreBackup(decoding: bytes, name: name))
    }

    func numbers() throws -> [Int] {
        try DiskFile.names(in: manifestsPath).compactMap { name in
            // Another spelling of a number names another file.
            guard let number = Int(name.dropLast(5)), name == "\(number).json" else { return nil }
            return 1...Self.numberMax ~= number ? number : nil
        }.sorted()
    }

    func manifestPath(_ number: Int) -> String { "\(manifestsPath)/\(number).json" }

    /// Where the file of a digest is.
    func filePath(_ digest: String) -> String { filesPath + "/" + digest }

    /// Reads all files of a backup and compares them with their digests.
    ///
    /// - Parameter didRead: told of each piece, in bytes.
    /// - Throws: a `BackupError` that names the first file that is damaged or missing.
    package func verify(_ backup: StoreBackup, didRead: (Int) -> Void = { _ in }) throws {
        for file in backup.files { try forEachPiece(of: file) { didRead($0.count) } }
    }

    /// Calls `take` with all bytes of a file, piece by piece.
    ///
    /// - Parameter fromDisk: whether what the system has of it in memory is not good enough (see `DiskFile.read`).
    /// - Throws: a `BackupError` at its end, where they are not as they were written.
    func forEachPiece(
        of file: BackupFile, fromDisk: Bool = false, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let path = filePath(file.sha256)
        guard let size = DiskFile.size(path) else { throw BackupError("\(path) (\(file.name)) is missing") }
        guard size == file.size else {
            throw BackupError("\(path) (\(file.name)) is damaged: it has \(size) bytes in place of \(file.size)")
        }
        var digest = SHA256()
        try DiskFile.read(path, fromDisk: fromDisk) { piece in
            digest.update(bufferPointer: piece)
            try take(piece)
        }
        guard digest.finalize().hexadecimal == file.sha256 else {
            throw BackupError("\(path) (\(file.name)) is damaged: its checksum is another")
        }
    }

    /// Makes the folder `view` a store of a backup's files, for reading alone, by links into this folder: they need no room.
    ///
    /// - Parameter view: empty, on a file system that has symbolic links, as a backup's own may not.
    package func link(_ backup: StoreBackup, into view: String) throws {
        try DiskFile.makeFolder(view + "/" + StoreDirectory.engineName)
        let root = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        for file in backup.files {
            let link = view + "/" + file.name
            guard symlink("\(root)/files/\(file.sha256)", link) == 0 else { throw BackupError.system("write", link) }
        }
    }
}
