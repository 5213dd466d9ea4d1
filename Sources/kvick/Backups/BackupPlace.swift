import Backup

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a backup is, or is to be.
enum BackupPlace: Equatable {
    /// A folder of backups.
    case folder(String)
    /// One backup in one file.
    case archive(String)
    /// As `archive`, through a pipe.
    case pipe

    /// - Parameter text: a name that ends in `.tar` is a file's, `-` is standard input or output, and all else is a folder's.
    init(_ text: String) {
        if text == "-" {
            self = .pipe
        } else if text.hasSuffix(".tar") {
            self = .archive(text)
        } else {
            self = .folder(text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text)
        }
    }

    /// Whether a name is that of a compressed file, in which nobody expects a folder.
    static func isCompressed(_ text: String) -> Bool {
        [".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2", ".gz", ".zst", ".xz", ".zip"].contains {
            text.hasSuffix($0)
        }
    }

    /// Calls `body` with the file, open for reading; nil where this is a folder.
    func withArchive<Result>(_ body: (BackupArchive) throws -> Result) throws -> Result? {
        switch self {
        case .folder:
            return nil
        case .archive(let path):
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw CommandFailure("\(path) can't be read: \(SystemError.last)") }
            defer { close(descriptor) }
            return try body(BackupArchive(descriptor: descriptor, name: path))
        case .pipe:
            return try body(BackupArchive(descriptor: STDIN_FILENO, name: "standard input"))
        }
    }
}
