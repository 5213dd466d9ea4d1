import CRocksDB
import Storage

extension RocksDBEngine: FileStorageEngine {
    public func checkpoint(at path: String) throws(StorageError) {
        try database.withPointer { pointer throws(StorageError) in
            try checkSpace(for: 0, reserve: reservedSpace)
            var status: UnsafeMutablePointer<CChar>?
            let checkpoint = rocksdb_checkpoint_object_create(pointer, &status)
            if let text = statusText(taking: status) { throw .checkpoint(text, of: database.folder.path) }
            guard let checkpoint else { throw .checkpoint("RocksDB gave no reason", of: database.folder.path) }
            defer { rocksdb_checkpoint_object_destroy(checkpoint) }
            // 0 has memory flushed first, so that all that was written before is in tables. The log is copied as it is then, and may end
            // in a part of what is being written.
            rocksdb_checkpoint_create(checkpoint, path, 0, &status)
            if let text = statusText(taking: status) { throw .checkpoint(text, of: database.folder.path) }
        }
    }

    public static func files(in path: String) throws(StorageError) -> [StorageFile] {
        try StoreFolder(path: path, creating: false).fileNames().compactMap { name in
            // What RocksDB makes anew for itself: its lock, its info log, its own identity, and files that were not finished.
            guard
                name == "CURRENT" || recordFilePrefixes.contains(where: name.hasPrefix) || isTable(name)
                    || name.hasSuffix(".log"), !name.hasSuffix(".dbtmp")
            else { return nil }
            return StorageFile(name: name, isImmutable: isTable(name))
        }
    }

    public static func withReader(
        path: String, _ body: (_ reader: any StorageReader, _ recordCount: Int) throws(StorageError) -> Void
    ) throws(StorageError) {
        var options = RocksDBOptions()
        options.cacheSize = smallCacheSize
        let cache = BlockCache(size: options.blockCacheSize)
        try withReader(StoreFolder(path: path, creating: false), options, cache) { (view) throws(StorageError) in
            try body(view, view.recordCount)
        }
    }

    public static func openForRepair(path: String) throws(StorageError) -> RocksDBEngine {
        var options = RocksDBOptions()
        options.cacheSize = smallCacheSize
        return try open(path: path, creating: false, options: options)
    }

    private static let smallCacheSize = 16 << 20
    private static let recordFilePrefixes = ["MANIFEST-", "OPTIONS-"]

    private static func isTable(_ name: String) -> Bool { name.hasSuffix(".sst") }
}

extension StorageError {
    /// A checkpoint that failed with `text`.
    fileprivate static func checkpoint(_ text: String, of path: String) -> StorageError {
        if text.hasPrefix("Shutdown in progress") { return .closed(path) }
        if text.contains("No space left on device") { return .outOfSpace(path, text) }
        return StorageError(.failed, "no checkpoint of the store \(path) could be made: \(text)")
    }
}
