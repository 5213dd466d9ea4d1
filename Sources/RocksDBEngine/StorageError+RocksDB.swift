import CRocksDB
import Storage

/// The text of a failure that a call of RocksDB left in `status`, which is freed; nil where it succeeded.
func statusText(taking status: UnsafeMutablePointer<CChar>?) -> String? {
    guard let status else { return nil }
    defer { rocksdb_free(status) }
    return String(cString: status).split(whereSeparator: \.isNewline).joined(separator: " ")
}

// RocksDB's C interface tells what failed by its text alone: "<kind>: <what was done>: <path>: <the system's words>".
extension StorageError {
    static func closed(_ path: String) -> StorageError {
        StorageError(.closed, "the store \(path) was closed")
    }

    /// A read that failed with `text`.
    static func reading(_ text: String, in path: String) -> StorageError {
        if text.isShutdown { return .closed(path) }
        if text.hasPrefix("Corruption") || text.contains(noSuchFile) {
            return StorageError(
                .damaged, "the store \(path) is damaged: \(text); stop the server and restore the newest backup")
        }
        return StorageError(.failed, "the store \(path) can't be read: \(text)")
    }

    /// A write that failed with `text`.
    static func writing(_ text: String, in path: String) -> StorageError {
        if text.isShutdown { return .closed(path) }
        if text.contains(noSpace), !text.isFromSync {
            return .outOfSpace(path, text)
        }
        return StorageError(
            .failed, "the store \(path) can't be written: \(text); check the disk and restart the server")
    }

    static func outOfSpace(_ path: String, _ reason: String) -> StorageError {
        StorageError(.outOfSpace, "no space left for the store \(path): \(reason); free some, writes then go on")
    }

    static func inUse(_ path: String) -> StorageError {
        StorageError(
            .inUse, "the store \(path) is in use by another process; stop it, or give this one a folder of its own")
    }

    static func damagedBeforeOpening(_ what: String) -> StorageError {
        StorageError(.damaged, "\(what); restore the newest backup; nothing was changed")
    }

    /// An opening that failed with `text`.
    static func opening(_ text: String, in folder: borrowing StoreFolder) -> StorageError {
        let path = folder.path
        if text.contains("/LOCK"), text.contains("temporarily unavailable") || text.contains("No locks available") {
            return .inUse(path)
        }
        if text.contains(noSpace) {
            return .outOfSpace(path, text)
        }
        if text.hasPrefix("Not implemented") || text.contains("unknown checksum type") || text.contains("Unsupported") {
            return StorageError(
                .unsupportedFormat, "the store \(path) was written by a newer version: \(text); use that version")
        }
        if text.hasPrefix("Corruption") || text.contains(noSuchFile) || text.contains("does not exist") {
            return .damagedBeforeOpening(folder.description(ofDamage: text))
        }
        if inaccessible.contains(where: text.contains) {
            return StorageError(.inaccessible, "the store \(path) can't be opened: \(text)")
        }
        return StorageError(.failed, "the store \(path) can't be opened: \(text)")
    }
}

private let noSpace = "No space left on device"
private let noSuchFile = "No such file or directory"
private let inaccessible = [
    "Permission denied", "Operation not permitted", "Read-only file system", "Not a directory", "Too many open files",
]

extension String {
    fileprivate var isShutdown: Bool { hasPrefix("Shutdown in progress") }

    /// Whether it was the bringing to disk that failed: then the data may be there or not.
    fileprivate var isFromSync: Bool {
        contains("While fsync") || contains("While fdatasync") || contains("While sync_file_range")
    }
}
