import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder that a store lives in, held by one process at a time. `docs/format.md`, "The folder", names its files.
public final class StoreDirectory: Sendable {
    /// The version of all formats that this program writes; it reads the older ones, too.
    public static let format = 4

    public let path: String
    /// The folder that is the engine's own.
    public var enginePath: String { path + "/" + Self.engineName }
    /// Where the store's checkpoints are; it may not be there.
    var checkpointsPath: String { path + "/checkpoints" }
    /// The file that the store's secret is in.
    package static let secretName = "server.key"
    /// The folder that is the engine's own, in the store's.
    package static let engineName = "rocksdb"
    /// Whether the engine has to make its store anew.
    public let isNew: Bool
    public let serverSecret: ServerSecret
    /// The newest acknowledged revision, as far as it was written down.
    public let mark: HighWaterMark
    private let lock: CInt
    /// The version of the store that the folder held before; nil where it held none.
    let foundFormat: Int?

    /// Opens the folder, making it where there is none, and keeps it from other processes until the end of this one.
    ///
    /// Nothing in an existing store is changed before `finishOpening`, with which a new one counts as made.
    ///
    /// - Throws: `inUse`, `unsupportedFormat`, `damaged`, `inaccessible`.
    public init(path: String) throws(StorageError) {
        self.path = path
        if try !Self.isFolder(path) { try Self.makeFolder(path) }
        if access(path + "/FORMAT", F_OK) != 0 { try Self.requireFreeFolder(path) }
        lock = try Self.lock(path)
        do throws(StorageError) {
            foundFormat = try Self.checkFormat(path)
            isNew = try !Self.hasEngine(path, isNeeded: foundFormat != nil)
            mark = try HighWaterMark(path: path + "/acknowledged-revision")
            let secret = try Self.secret(path, isNeeded: foundFormat != nil)
            serverSecret = if let secret { secret } else { try Self.makeSecret(path) }
        } catch {
            Self.unlock(lock)
            throw error
        }
    }

    deinit {
        Self.unlock(lock)
    }

    /// Whether the folder is still where it was opened, and not deleted or replaced by another, as far as can be told.
    var isInPlace: Bool {
        var (held, present) = (stat(), stat())
        guard fstat(lock, &held) == 0, Self.exists(path + "/rocksdb/CURRENT") else { return false }
        // Any other failure says nothing of the folder.
        guard stat(path + "/LOCK", &present) == 0 else { return errno != ENOENT && errno != ENOTDIR }
        return held.st_ino == present.st_ino && held.st_dev == present.st_dev
    }

    /// True also where that can't be told.
    private static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)
    }

    /// Refuses a store that lacks commits which were acknowledged.
    ///
    /// - Throws: `damaged`.
    public func admit(_ reader: any StorageReader) throws(StorageError) {
        guard let expected = mark.revision else { return }
        let revision = try StoredRevision.newest(in: reader)
        guard revision < expected else { return }
        throw StorageError(
            .damaged,
            """
            \(path)/rocksdb ends at revision \(revision), but revision \(expected) was acknowledged: a log file \
            (\(path)/rocksdb/*.log) is missing or cut. Restore it or a backup; or, to go on without what is lost, remove \
            \(path)/acknowledged-revision. Nothing was changed
            """)
    }

    /// Behind which revision the next commit's is, in a store whose newest is `stored`.
    ///
    /// After a crash without syncs, clients may have seen newer ones than the disk has. So that none is given to another
    /// commit, more are passed over than a second can have made.
    func revision(after stored: Revision) -> Revision {
        guard stored != .zero, mark.revision != stored else { return stored }
        return Revision(rawValue: stored.rawValue &+ 1 << 20)
    }

    /// Ends the opening once the engine has opened: marks a new store as made and an older one as of this version, and notes
    /// who holds it.
    ///
    /// - Throws: `inaccessible`.
    public func finishOpening() throws(StorageError) {
        // None that a process had before outlives it.
        PosixFile.removeFolder(checkpointsPath)
        if foundFormat != Self.format {
            try PosixFile.replace(path + "/FORMAT", with: Array("kvick-store \(Self.format)\n".utf8))
        }
        // For people and for the message to the next process; the lock itself is the kernel's and ends with this process.
        if ftruncate(lock, 0) == 0 { _ = PosixFile.writeAll(lock, Array("\(getpid())\n".utf8)) }
    }

    // MARK: Steps of opening

    /// - Returns: false where there is nothing at `path`.
    static func isFolder(_ path: String) throws(StorageError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            // A link is there even where it leads nowhere, and no folder can be made in its place.
            guard lstat(path, &status) != 0 else {
                throw StorageError(
                    .inaccessible, "\(path) is a link that can't be followed: \(reason); choose another folder")
            }
            return false
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError(.inaccessible, "\(path) is not a folder; choose another")
        }
        return true
    }

    private static func makeFolder(_ path: String) throws(StorageError) {
        guard mkdir(path, 0o700) == 0 else { throw cannotBeMade(path) }
        try PosixFile.syncFolder(of: path)
    }

    static func cannotBeMade(_ path: String) -> StorageError {
        let reason = String(cString: strerror(errno))
        return StorageError(.inaccessible, "can't make the folder \(path): \(reason); choose another")
    }

    static func isNotWritable(_ path: String) -> StorageError {
        let reason = String(cString: strerror(errno))
        return StorageError(.inaccessible, "can't write in \(path): \(reason); choose another folder")
    }

    /// As after a start by another user, who made it.
    static func isOfAnother(_ file: String) -> StorageError {
        let reason = String(cString: strerror(errno))
        return StorageError(
            .inaccessible,
            "can't open \(file): \(reason); give all files of the store to the user who runs the server (chown -R)")
    }

    private static func lock(_ path: String) throws(StorageError) -> CInt {
        let file = path + "/LOCK"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw errno == EACCES && exists(file) ? isOfAnother(file) : isNotWritable(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let error = PosixFile.failure("lock", file)
            close(descriptor)
            guard isHeld else { throw error }
            let holder = (try? PosixFile.read(file)).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let process = Int(holder.filter(\.isNumber)).map { " (\($0))" } ?? ""
            throw StorageError(
                .inUse, "\(path) is in use by another process\(process); stop it, or choose another folder")
        }
        return descriptor
    }

    private static func unlock(_ descriptor: CInt) {
        close(descriptor)
    }

    /// - Returns: the version of the store that the folder holds; nil where it holds no whole one.
    static func checkFormat(_ path: String) throws(StorageError) -> Int? {
        guard let bytes = try PosixFile.read(path + "/FORMAT") else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "kvick-store", let format = Int(words[1]) else {
            throw StorageError(
                .damaged, "\(path)/FORMAT can't be read; restore it from a backup. Nothing was changed")
        }
        guard format <= Self.format else {
            throw StorageError(
                .unsupportedFormat,
                """
                \(path) was written by a newer version of Kvick (format \(format), this one knows \(Self.format)); \
                install that version. Nothing was changed
                """)
        }
        return format
    }

    /// - Throws: `damaged` where there is none and one is needed.
    static func hasEngine(_ path: String, isNeeded: Bool) throws(StorageError) -> Bool {
        let isThere = access(path + "/rocksdb/CURRENT", F_OK) == 0
        guard isThere || !isNeeded else {
            throw StorageError(
                .damaged,
                "\(path)/rocksdb/CURRENT is missing, so the store can't be read; restore a backup. Nothing was changed")
        }
        return isThere
    }

    /// A folder with other people's files is no place for a new store.
    static func requireFreeFolder(_ path: String) throws(StorageError) {
        let own: Set<String> = [
            "LOCK", "rocksdb", "server.key", "server.key.new", "acknowledged-revision", "FORMAT.new",
            "checkpoints", "lost+found",
        ]
        guard let names = PosixFile.names(in: path) else { throw PosixFile.failure("read", path) }
        guard let other = names.first(where: { !own.contains($0) }) else { return }
        throw StorageError(
            .inaccessible, "\(path) holds other files (\(other)) and no store; choose an empty folder")
    }

    /// Nil where there is none yet.
    static func secret(_ path: String, isNeeded: Bool) throws(StorageError) -> ServerSecret? {
        let file = path + "/" + secretName
        if let bytes = try PosixFile.read(file) {
            guard let secret = ServerSecret(bytes) else {
                throw StorageError(.damaged, "\(file) is damaged; restore it from a backup. Nothing was changed")
            }
            return secret
        }
        guard !isNeeded else { throw secretMissing(file) }
        return nil
    }

    private static func makeSecret(_ path: String) throws(StorageError) -> ServerSecret {
        let file = path + "/" + secretName
        let bytes = RandomBytes.make(count: ServerSecret.length)
        guard let secret = ServerSecret(bytes) else { throw secretMissing(file) }
        try PosixFile.replace(file, with: bytes)
        return secret
    }

    private static func secretMissing(_ file: String) -> StorageError {
        StorageError(
            .damaged,
            "\(file) is missing, and without it no access key can be checked; restore it from a backup. Nothing was changed"
        )
    }
}
