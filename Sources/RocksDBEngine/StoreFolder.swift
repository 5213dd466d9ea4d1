import Glibc
import Storage

/// The folder of a store, locked for one engine until it is unlocked or the value is released.
final class StoreFolder: Sendable {
    let path: String
    /// The open folder, which carries the lock.
    private let descriptor: Int32

    /// Locks the folder `path`; with `creating` it is made where its parent exists.
    ///
    /// - Throws: `inUse`, `inaccessible`; `damaged` where there is none and none may be made.
    init(path: String, creating: Bool) throws(StorageError) {
        if creating {
            try Self.makeFolder(path)
        }
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let failure = errno
        self.path = path
        guard descriptor >= 0 else {
            if failure == ENOENT {
                throw .damagedBeforeOpening("the folder \(path) of the store is missing")
            }
            throw .inaccessible(path, failure)
        }
        // RocksDB locks a store only once it writes to it, and for the process, not for its user. This lock covers the
        // checks before as well, and needs no file.
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            throw .inUse(path)
        }
    }

    deinit {
        if descriptor >= 0 {
            Glibc.close(descriptor)
        }
    }

    /// Lets another engine have the folder.
    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// The names of the files in the folder, in order.
    func fileNames() throws(StorageError) -> [String] {
        guard let folder = opendir(path) else { throw .inaccessible(path, errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." {
                names.append(name)
            }
        }
        return names.sorted()
    }

    /// Of all files in the folder, in bytes; nil where that can't be told.
    var size: Int? {
        guard let names = try? fileNames() else { return nil }
        return names.reduce(0) { sum, name in
            var status = stat()
            // One may be gone by now.
            return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? sum + Int(status.st_size) : sum
        }
    }

    /// The bytes that the file system has free for this process; nil where it doesn't say.
    var freeSpace: Int? {
        var status = statvfs()
        guard fstatvfs(descriptor, &status) == 0 else { return nil }
        let (size, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        return overflow ? .max : size
    }

    /// Brings the folder's entries to disk.
    func synchronize() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .inaccessible(path, errno) }
    }

    private static func makeFolder(_ path: String) throws(StorageError) {
        guard mkdir(path, 0o750) == 0 else {
            if errno == EEXIST { return }
            throw .inaccessible(path, errno)
        }
        let parent = Glibc.open(path + "/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw .inaccessible(path, errno) }
        defer { Glibc.close(parent) }
        guard fsync(parent) == 0 else { throw .inaccessible(path, errno) }
    }
}

extension StorageError {
    fileprivate static func inaccessible(_ path: String, _ number: Int32) -> StorageError {
        StorageError(.inaccessible, "\(path): \(String(cString: strerror(number)))")
    }
}
