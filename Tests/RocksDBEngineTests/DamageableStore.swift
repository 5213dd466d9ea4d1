import Foundation
import RocksDBEngine
import Storage
import StorageTesting

/// A store in a folder of its own that tests write to, damage and open again.
struct DamageableStore {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    var path: String { folder.path("store") }

    func open(
        creating: Bool = false, admit: (any StorageReader) throws(StorageError) -> Void = { _ in }
    ) throws(StorageError) -> RocksDBEngine {
        try RocksDBEngine.open(path: path, creating: creating, options: .small, admit: admit)
    }

    /// Makes the store with `count` records, each written durably; reopening moves what was written to tables.
    func fill(_ count: Int, inTables: Bool = false) throws {
        let engine = try open(creating: true)
        defer { engine.close() }
        for number in 0..<count {
            try engine.put(Self.key(number), Self.value(number), durably: true)
        }
        guard inTables else { return }
        engine.close()
        try open().close()
    }

    static func key(_ number: Int) -> [UInt8] { [UInt8](String(format: "%06d", number).utf8) }

    static func value(_ number: Int) -> [UInt8] {
        (0..<100).map { index in UInt8((number &* 31 &+ index &* 7) & 0xFF) }
    }

    /// The path of the newest file whose name begins and ends so.
    func file(prefix: String = "", suffix: String = "") throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        guard let name = names.last(where: { name in name.hasPrefix(prefix) && name.hasSuffix(suffix) }) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "\(path)/\(prefix)*\(suffix)"])
        }
        return path + "/" + name
    }

    /// The path of the newest log that holds something.
    func log() throws -> String { try file(suffix: ".log") }

    func change(_ file: String, _ body: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        body(&data)
        try data.write(to: URL(fileURLWithPath: file))
    }

    func remove(_ file: String) throws {
        try FileManager.default.removeItem(atPath: file)
    }

    /// The contents of all files in the folder by name.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            contents[name] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
        }
        return contents
    }
}
