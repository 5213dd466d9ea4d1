#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that is made here, for its owner's eyes only, and removed with this handle unless it was kept.
struct NewFile: ~Copyable {
    let path: String
    let descriptor: CInt
    private var isKept = false

    /// - Throws: where there is a file already, or none can be made.
    init(path: String) throws(ArchiveError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw ArchiveError("\(path) is there already; remove it or choose another name") }
            throw .system("make", path)
        }
        self.path = path
    }

    deinit {
        close(descriptor)
        if !isKept { unlink(path) }
    }

    /// Makes the file durable, so that it stays.
    mutating func keep() throws(ArchiveError) {
        guard fsync(descriptor) == 0 else { throw .system("sync", path) }
        try syncFolder()
        isKept = true
    }

    private borrowing func syncFolder() throws(ArchiveError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("sync", folder) }
    }
}
