import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file of a checkpoint.
public struct CheckpointFile: Hashable, Sendable {
    /// Where it belongs in a store's folder.
    public let name: String
    /// In bytes.
    public let size: Int
    /// By which it is known again in later checkpoints; nil for one that may have other contents under its name then.
    public let fingerprint: String?

    public init(name: String, size: Int, fingerprint: String?) {
        self.name = name
        self.size = size
        self.fingerprint = fingerprint
    }
}

extension CheckpointFile {
    /// - Parameters:
    ///   - path: where it is now.
    ///   - isImmutable: whether it has a fingerprint.
    /// - Throws: `inaccessible`.
    init(name: String, at path: String, isImmutable: Bool) throws(StorageError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw PosixFile.failure("read", path) }
        let size = Int(status.st_size)
        self.init(name: name, size: size, fingerprint: isImmutable ? try Fingerprint.make(path, size: size) : nil)
    }
}

/// A store's files as of one moment, from which a backup of it is made.
public struct Checkpoint: Hashable, Sendable {
    public let id: String
    /// The newest commit that is in it.
    public let revision: Revision
    public let created: Timestamp
    /// The version of the store's formats (`StoreDirectory.format`).
    public let format: Int
    public let files: [CheckpointFile]

    public init(id: String, revision: Revision, created: Timestamp, format: Int, files: [CheckpointFile]) {
        self.id = id
        self.revision = revision
        self.created = created
        self.format = format
        self.files = files
    }
}

extension Checkpoint {
    /// The files of a store that is held by this process, but not open: they are their own checkpoint for as long as it is.
    ///
    /// - Throws: `damaged`, also where commits are missing that were acknowledged, and as the opening of the store does.
    public init(
        of directory: StoreDirectory, engine: any FileStorageEngine.Type, now: Timestamp = .now()
    ) throws(StorageError) {
        var revision = Revision.zero
        try engine.withReader(path: directory.enginePath) { (reader, _) throws(StorageError) in
            try directory.admit(reader)
            revision = try StoredRevision.newest(in: reader)
        }
        let files = try engine.files(in: directory.enginePath).map { (file) throws(StorageError) in
            let name = StoreDirectory.engineName + "/" + file.name
            return try CheckpointFile(name: name, at: directory.path + "/" + name, isImmutable: file.isImmutable)
        }
        let name = StoreDirectory.secretName
        let secret = try CheckpointFile(name: name, at: directory.path + "/" + name, isImmutable: false)
        self.init(
            id: "", revision: revision, created: now, format: directory.foundFormat ?? StoreDirectory.format,
            files: files + [secret])
    }
}
