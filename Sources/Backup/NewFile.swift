import Crypto

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A new file for its owner's eyes only, whose digest is taken while it is written. Closed with this handle.
final class NewFile {
    let path: String
    private let descriptor: CInt
    private var digest = SHA256()
    private(set) var size = 0

    /// - Throws: where there is one at `path` already, or none can be made.
    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError.system("write", path) }
    }

    deinit {
        close(descriptor)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        digest.update(bufferPointer: bytes)
        size += bytes.count
        var done = 0
        while done < bytes.count {
            let count = Self.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[done...]))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupError.system("write", path) }
            done += count
        }
    }

    /// Brings what was written to the disk.
    ///
    /// - Returns: its SHA-256 digest, in hexadecimal digits.
    func finish() throws -> String {
        guard fsync(descriptor) == 0 else { throw BackupError.system("sync", path) }
        return digest.finalize().hexadecimal
    }

    private static func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
