import Backup
import Foundation
import KeyValueStore
import RocksDBEngine
import Storage
import StorageTesting

/// A folder of a test's own, with stores and backups in it.
final class TestBackups {
    let path = NSTemporaryDirectory() + "kvick-backups-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var folder: String { path + "/backups" }

    func file(_ name: String) -> String { path + "/" + name }

    /// Opens a store, made where there is none, and writes `count` records at a revision, each under a name of its own.
    func write(_ count: Int, at revision: UInt64, in store: String = "store") throws {
        let directory = try StoreDirectory(path: file(store))
        var options = RocksDBOptions()
        options.reservedSpace = 4 << 20
        let engine = try RocksDBEngine.open(path: directory.enginePath, creating: directory.isNew, options: options)
        defer { engine.close() }
        try directory.finishOpening()
        for number in 0..<count { try engine.put(Array("key \(revision) \(number)".utf8), Array("value".utf8)) }
        // As a store notes its newest revision.
        try engine.put(
            [0] + Array("revision".utf8), withUnsafeBytes(of: revision.bigEndian) { Array($0) }, durably: true)
    }

    func source(_ store: String = "store") throws -> ClosedStore {
        try ClosedStore(StoreDirectory(path: file(store)), engine: RocksDBEngine.self)
    }

    /// Adds a backup to the folder.
    @discardableResult
    func backUp(_ source: (any BackupSource)? = nil) async throws -> BackupFolder.Addition {
        let view = file("view-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: view, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: view) }
        return try await BackupFolder.openForWriting(folder).add(
            source ?? self.source(), engine: RocksDBEngine.self, view: view)
    }

    func restore(_ number: Int? = nil, to target: String, now: Timestamp = .now()) throws {
        let folder = try BackupFolder.open(folder)
        let backup = try folder.entry(number).backup
        let restoration = try StoreRestoration(into: file(target))
        try Extraction(to: restoration.stagingPath).extract(backup, from: folder)
        try restoration.finish(backup, engine: RocksDBEngine.self, now: now)
    }

    func restore(archive: String, to target: String) throws {
        let restoration = try StoreRestoration(into: file(target))
        let backup = try withArchive(archive) { try Extraction(to: restoration.stagingPath).extract($0) }
        try restoration.finish(backup, engine: RocksDBEngine.self)
    }

    private func withArchive<Result>(_ name: String, _ body: (BackupArchive) throws -> Result) throws -> Result {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file(name)))
        defer { try? handle.close() }
        return try body(BackupArchive(descriptor: handle.fileDescriptor, name: name))
    }

    func writeArchive(_ name: String) throws {
        try Data().write(to: URL(fileURLWithPath: file(name)))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file(name)))
        defer { try? handle.close() }
        let folder = try BackupFolder.open(folder)
        try BackupArchive(descriptor: handle.fileDescriptor, name: name)
            .write(folder.entry(nil).backup, from: folder)
    }

    /// The keys and the revision of a store that is not open.
    func contents(_ store: String) throws -> (keys: Set<String>, revision: UInt64) {
        var keys: Set<String> = []
        var revision: UInt64 = 0
        try RocksDBEngine.withReader(path: file(store) + "/rocksdb") { (reader, _) throws(StorageError) in
            for record in try reader.records(in: KeyRange(prefix: Array("key".utf8))) {
                keys.insert(String(decoding: record.key, as: UTF8.self))
            }
            let bytes = try reader.value(of: [0] + Array("revision".utf8)) ?? []
            revision = bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        return (keys, revision)
    }

    /// The names of what is in a folder, at any depth.
    func names(_ folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: file(folder)).sorted()
    }

    func change(_ name: String, _ body: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: file(name))
        var data = try Data(contentsOf: url)
        body(&data)
        try data.write(to: url)
    }
}
