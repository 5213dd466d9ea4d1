#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is done with files and folders as a whole.
enum DiskFile {
    private static let pieceSize = 1 << 20

    /// Calls `take` with all bytes of a file, piece by piece, unless the task is cancelled.
    ///
    /// - Parameter fromDisk: whether the system is asked to forget first what it has of the file in memory, where it can be asked.
    static func read(_ path: String, fromDisk: Bool = false, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupError.system("read", path) }
        defer { close(descriptor) }
        #if os(Linux)
            if fromDisk { posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }
        #endif
        var piece = [UInt8](repeating: 0, count: pieceSize)
        var offset = 0
        while true {
            try Task.checkCancellation()
            let count = piece.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BackupError.system("read", path) }
            guard count > 0 else { return }
            offset += count
            try piece.withUnsafeBytes { try take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    /// All bytes of a file.
    static func bytes(_ path: String, sizeMax: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try read(path) { piece in
            guard piece.count <= sizeMax - bytes.count else {
                throw BackupError("\(path) is too large to be what it is named")
            }
            bytes += piece
        }
        return bytes
    }

    /// Its size in bytes; nil where it isn't there.
    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names of what is in a folder, in order.
    static func names(in path: String) throws(BackupError) -> [String] {
        guard let folder = opendir(path) else { throw .system("read", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder for its owner's eyes only, where there is none.
    static func makeFolder(_ path: String) throws(BackupError) {
        if mkdir(path, 0o700) == 0 { return try syncFolder(parent(of: path)) }
        guard errno == EEXIST, isFolder(path) else { throw .system("make", path) }
    }

    static func rename(_ path: String, to newPath: String) throws(BackupError) {
        #if canImport(Glibc)
            let result = Glibc.rename(path, newPath)
        #elseif canImport(Musl)
            let result = Musl.rename(path, newPath)
        #else
            let result = Darwin.rename(path, newPath)
        #endif
        guard result == 0 else { throw .system("write", newPath) }
    }

    /// Makes a folder's entries durable.
    static func syncFolder(_ path: String) throws(BackupError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("sync", path) }
    }

    /// The folder that a path lies in.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
