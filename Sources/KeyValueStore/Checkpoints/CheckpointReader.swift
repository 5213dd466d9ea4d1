import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file of a checkpoint, which can be read to its end even if the checkpoint goes meanwhile. Safe to use from any thread.
public final class CheckpointReader: Sendable {
    /// In bytes.
    public let size: Int
    private let path: String
    private let descriptor: CInt
    private let didRead: @Sendable () -> Void

    /// - Parameter didRead: called with each read.
    package init(path: String, size: Int, didRead: @escaping @Sendable () -> Void = {}) throws(StorageError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PosixFile.failure("read", path) }
        self.path = path
        self.size = size
        self.didRead = didRead
    }

    deinit {
        close(descriptor)
    }

    /// Fills `buffer` with what stands at `offset`. May block on the disk.
    ///
    /// - Throws: `inaccessible`, also where the file is shorter than it was.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError) {
        didRead()
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                guard count == 0 else { throw PosixFile.failure("read", path) }
                throw StorageError(.inaccessible, "\(path) is shorter than it was")
            }
            done += count
        }
    }
}
