import CRocksDB
import Storage

extension RocksDBEngine {
    /// Opens the store in the folder `path`; with `creating`, makes it where the folder is missing or holds no store.
    ///
    /// First it is opened read only, so that nothing is touched where something is wrong: a damaged log, a missing file.
    /// `admit` is then called with that view, which is valid only during the call, and may refuse by throwing. Only then is
    /// the store opened for writing. A store that is made is not checked, and `admit` not called.
    ///
    /// `filter` tells which records are garbage.
    ///
    /// - Throws: `inUse`, `damaged`, `unsupportedFormat`, `inaccessible`, `outOfSpace`, `failed`, and what `admit` throws.
    public static func open(
        path: String, creating: Bool, options: RocksDBOptions = .init(), filter: RecordFilter = .keepingAll,
        admit: (any StorageReader) throws(StorageError) -> Void = { _ in }
    ) throws(StorageError) -> RocksDBEngine {
        let folder = try StoreFolder(path: path, creating: creating)
        let cache = BlockCache(size: options.blockCacheSize)
        let holdsStore = try folder.holdsStore()
        let isNew = creating && !holdsStore
        if !isNew {
            try withReader(folder, options, cache) { (view) throws(StorageError) in try admit(view) }
        }
        // A store that was stopped with its disk full opens again, for reads and deletes.
        let neededSpace = options.reservedSpace / 2
        if let free = folder.freeSpace, free < neededSpace {
            throw .outOfSpace(path, "\(free >> 20) MiB are free, \(neededSpace >> 20) MiB are needed to open it")
        }
        let databaseOptions = DatabaseOptions(options, cache: cache)
        databaseOptions.setFilter(filter)
        if isNew {
            databaseOptions.setCreateIfMissing()
        }
        var status: UnsafeMutablePointer<CChar>?
        let pointer = rocksdb_open(databaseOptions.pointer, path, &status)
        if let text = statusText(taking: status) {
            throw .opening(text, in: folder)
        }
        guard let pointer else { throw .opening("RocksDB gave no reason", in: folder) }
        let database = Database(owning: pointer, folder: folder)
        try folder.synchronize()
        return try RocksDBEngine(database, options: options)
    }

    /// Reads all of the log and the list of the tables, and has `body` look at what is there, without a change to any file.
    static func withReader(
        _ folder: StoreFolder, _ options: RocksDBOptions, _ cache: borrowing BlockCache,
        _ body: (ReadOnlyView) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard try folder.fileNames().contains("CURRENT") else {
            throw .damagedBeforeOpening("\(folder.path)/CURRENT is missing")
        }
        let databaseOptions = DatabaseOptions(options, cache: cache)
        databaseOptions.setNoInfoLog()
        var status: UnsafeMutablePointer<CChar>?
        let pointer = rocksdb_open_for_read_only(databaseOptions.pointer, folder.path, 0, &status)
        if let text = statusText(taking: status) {
            throw .opening(text, in: folder)
        }
        guard let pointer else { throw .opening("RocksDB gave no reason", in: folder) }
        let view = ReadOnlyView(Database(owning: pointer, folder: folder))
        defer { view.close() }
        // Only now, for a damaged record leads the search for gaps astray.
        try folder.checkLogsForGaps()
        try body(view)
    }
}

/// A store that is open for reading only.
final class ReadOnlyView: StorageReader {
    private let database: Database
    private let readOptions = ReadOptions()

    init(_ database: Database) {
        self.database = database
    }

    func read(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool {
        try database.read(key, readOptions, body)
    }

    func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        try database.scan(range, reverse: reverse, fillingCache: fillingCache, snapshot: nil, visit)
    }

    /// About how many there are.
    var recordCount: Int {
        get throws(StorageError) {
            try database.withPointer { pointer in
                var count: UInt64 = 0
                return rocksdb_property_int(pointer, "rocksdb.estimate-num-keys", &count) == 0
                    ? Int(clamping: count) : 0
            }
        }
    }

    func close() {
        database.close()
    }
}

extension StoreFolder {
    /// Whether the folder holds a store, or what is left of one.
    ///
    /// A store whose making was cut short has neither its `CURRENT` nor any record yet.
    fileprivate func holdsStore() throws(StorageError) -> Bool {
        try fileNames().contains { name in name == "CURRENT" || name.hasSuffix(".log") || name.hasSuffix(".sst") }
    }

    /// What is damaged, where RocksDB says so in `text`, which does not name the file where it is a log.
    func description(ofDamage text: String) -> String {
        guard text.contains(path + "/") else {
            return damagedLog ?? "the store \(path) is damaged: \(text)"
        }
        // Of a missing table RocksDB tells an old form of the name.
        return "the store \(path) is damaged: \(text.replacing(".ldb", with: ".sst"))"
    }

    private var damagedLog: String? {
        firstDamage(LogCheck(verifiesChecksums: true))
    }

    /// Refuses a log with a gap, which RocksDB does not.
    func checkLogsForGaps() throws(StorageError) {
        if let damage = firstDamage(LogCheck(verifiesChecksums: false)) {
            throw .damagedBeforeOpening(damage)
        }
    }

    private func firstDamage(_ check: LogCheck) -> String? {
        guard let names = try? fileNames() else { return nil }
        for name in names where name.hasSuffix(".log") {
            if let offset = check.firstDamage(in: path + "/" + name) {
                return "\(path)/\(name) is damaged in the middle, at byte \(offset)"
            }
        }
        return nil
    }
}
