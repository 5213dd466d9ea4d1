#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open folder, whose files are read without following symbolic links.
struct FolderHandle: ~Copyable {
    private let path: String
    private let descriptor: CInt

    /// - Throws: where there is no folder at `path`, as where that is a symbolic link.
    init(path: String) throws(KOTFolderError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOTDIR {
                throw KOTFolderError("\(path) is no folder, but a file, or a symbolic link, which is not followed")
            }
            throw Self.failure(path)
        }
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// The names of its files and folders, in no order.
    borrowing func names() throws(KOTFolderError) -> FolderNames {
        // A descriptor of its own, because closing the stream closes it.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            let error = Self.failure(path)
            if copy >= 0 { close(copy) }
            throw error
        }
        return FolderNames(stream: stream, path: path)
    }

    /// Whether `name` is a folder, or a symbolic link that may lead to one.
    borrowing func mayBeFolder(_ name: String) -> Bool {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR || status.st_mode & S_IFMT == S_IFLNK
    }

    /// The bytes of a file.
    ///
    /// - Throws: where it can't be read, is no file, or is larger than `KOTRecordFile.sizeMax`.
    borrowing func read(_ name: String) throws(KOTFolderError) -> [UInt8] {
        // Without waiting where it is a pipe.
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(name) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.failure(name) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw KOTFolderError("\(name) is no file") }
        guard status.st_size <= KOTRecordFile.sizeMax else { throw .tooLarge(name) }

        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(Int(status.st_size) + 1, 64 << 10))
        while true {
            let count = piece.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(bytes.count)) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name) }
            guard count > 0 else { return bytes }
            guard count <= KOTRecordFile.sizeMax - bytes.count else { throw .tooLarge(name) }
            bytes += piece.prefix(count)
        }
    }

    fileprivate static func failure(_ name: String) -> KOTFolderError {
        errno == ELOOP
            ? KOTFolderError("\(name) is a symbolic link, which is not followed")
            : KOTFolderError("can't read \(name): \(String(cString: strerror(errno)))")
    }
}

/// Reads the names in a folder one by one.
struct FolderNames: ~Copyable {
    private let stream: OpaquePointer
    private let path: String

    /// - Parameter stream: of `fdopendir(3)`, which is closed with this value.
    fileprivate init(stream: OpaquePointer, path: String) {
        self.stream = stream
        self.path = path
    }

    deinit {
        closedir(stream)
    }

    /// The next name; nil behind the last one.
    mutating func next() throws(KOTFolderError) -> String? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FolderHandle.failure(path) }
                return nil
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { return name }
        }
    }
}
