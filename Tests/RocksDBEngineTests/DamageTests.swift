import Foundation
import RocksDBEngine
import Storage
import StorageTesting
import Testing

/// What opening makes of a store whose files are not what they were.
@Suite struct DamageTests {
    private static let count = 400

    /// Opens `store`, which must be refused with `code` and left as it is; the message must name `file`.
    private func expectRefusal(
        of store: DamageableStore, naming file: String, _ code: StorageError.Code = .damaged
    ) throws {
        let before = try store.contents()
        let error = try #require(throws: StorageError.self) { try store.open() }
        #expect(error.code == code)
        #expect(error.message.contains(file), "\(error.message)")
        #expect(error.message.contains("backup"), "\(error.message)")
        #expect(!error.message.contains("\n"))
        #expect(try store.contents() == before)
    }

    /// Opens `store`, which must hold the first `count` of the records it was filled with.
    private func expectOpens(_ store: DamageableStore, with count: Int) throws {
        for _ in 0..<2 {
            let engine = try store.open { reader throws(StorageError) in
                #expect(try reader.records().count == count)
            }
            defer { engine.close() }
            let expected = (0..<count).map { StoredRecord(DamageableStore.key($0), DamageableStore.value($0)) }
            #expect(try engine.records() == expected)
        }
    }

    @Test("A flipped bit before the end of the log is refused", arguments: [0, 4, 5, 6, 7, 20, 5_000, 32_768, 50_000])
    func flippedBitInLog(offset: Int) throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        let log = try store.log()
        try store.change(log) { log in log[offset] ^= 0x10 }
        try expectRefusal(of: store, naming: log)
    }

    @Test("A log whose middle was zeroed is refused", arguments: [0, 4_096, 8_192, 32_768, 40_000])
    func zeroedMiddleOfLog(offset: Int) throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        let log = try store.log()
        try store.change(log) { log in log.replaceSubrange(offset..<(offset + 4_096), with: Data(count: 4_096)) }
        try expectRefusal(of: store, naming: log)
    }

    @Test("A log of which a whole record was zeroed is refused")
    func zeroedRecordOfLog() throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        let log = try store.log()
        try store.change(log) { log in
            let length = 7 + Int(log[4]) + Int(log[5]) << 8
            log.replaceSubrange(length..<(2 * length), with: Data(count: length))
        }
        try expectRefusal(of: store, naming: log)
    }

    @Test("A log that ends in a torn record opens with all records before it", arguments: [1, 3, 7, 20, 100, 125])
    func tornTail(cut: Int) throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        try store.change(store.log()) { log in log.removeLast(cut) }
        try expectOpens(store, with: Self.count - 1)
    }

    @Test("A log that ends in zeros opens with all records", arguments: [1, 7, 100, 4_096, 40_000])
    func zerosBehindLog(length: Int) throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        try store.change(store.log()) { log in log.append(Data(count: length)) }
        try expectOpens(store, with: Self.count)
    }

    @Test("A log that ends in a header of garbage opens with all records", arguments: [1, 5, 6])
    func garbageBehindLog(length: Int) throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        try store.change(store.log()) { log in log.append(Data(repeating: 0xA5, count: length)) }
        try expectOpens(store, with: Self.count)
    }

    @Test("A missing table is refused")
    func missingTable() throws {
        let store = try DamageableStore()
        try store.fill(Self.count, inTables: true)
        let table = try store.file(suffix: ".sst")
        try store.remove(table)
        try expectRefusal(of: store, naming: table)
    }

    @Test("A table that was cut short is refused")
    func cutTable() throws {
        let store = try DamageableStore()
        try store.fill(Self.count, inTables: true)
        let table = try store.file(suffix: ".sst")
        try store.change(table) { table in table.removeLast(100) }
        try expectRefusal(of: store, naming: table)
    }

    @Test("A missing file that names the others is refused", arguments: ["CURRENT", "MANIFEST"])
    func missingIndexFile(name: String) throws {
        let store = try DamageableStore()
        try store.fill(Self.count, inTables: true)
        let file = try store.file(prefix: name)
        try store.remove(file)
        try expectRefusal(of: store, naming: file)
    }

    @Test("A store without any of its files is refused, and none is made in its place")
    func emptiedFolder() throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        for name in try store.contents().keys {
            try store.remove(store.path + "/" + name)
        }
        try expectRefusal(of: store, naming: store.path)
        try store.remove(store.path)
        let error = try #require(throws: StorageError.self) { try store.open() }
        #expect(error.code == .damaged)
        #expect(!FileManager.default.fileExists(atPath: store.path))
    }

    @Test("A store that lost its CURRENT is not made anew, even where one may be made")
    func missingCurrentWhileCreating() throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        try store.remove(store.file(prefix: "CURRENT"))
        let before = try store.contents()
        let error = try #require(throws: StorageError.self) { try store.open(creating: true) }
        #expect(error.code == .damaged)
        #expect(try store.contents() == before)
    }

    @Test("A flipped bit in the manifest is refused", arguments: [0, 6, 8, 50, 100, 150])
    func flippedBitInManifest(offset: Int) throws {
        let store = try DamageableStore()
        try store.fill(Self.count, inTables: true)
        let manifest = try store.file(prefix: "MANIFEST")
        try store.change(manifest) { manifest in manifest[min(offset, manifest.count - 1)] ^= 1 }
        try expectRefusal(of: store, naming: manifest)
    }

    @Test("An emptied manifest or CURRENT is refused", arguments: ["CURRENT", "MANIFEST"])
    func emptiedIndexFile(name: String) throws {
        let store = try DamageableStore()
        try store.fill(Self.count, inTables: true)
        try store.change(store.file(prefix: name)) { file in file = Data() }
        try expectRefusal(of: store, naming: name)
    }

    @Test("A flipped bit in the records of a table fails the reads that meet it, and no others")
    func flippedBitInTable() throws {
        let store = try DamageableStore()
        try store.fill(Self.count, inTables: true)
        let table = try store.file(suffix: ".sst")
        try store.change(table) { table in table[100] ^= 1 }
        let engine = try store.open()
        defer { engine.close() }
        let first = DamageableStore.key(0)
        let last = DamageableStore.key(Self.count - 1)
        let error = try #require(throws: StorageError.self) { try engine.value(of: first) }
        #expect(error.code == .damaged)
        #expect(error.message.contains(table), "\(error.message)")
        #expect(throws: StorageError.self) { try engine.records() }
        #expect(throws: StorageError.self) { try engine.snapshot().value(of: first) }
        guard case .wouldBlock = engine.cachedValue(of: first) else {
            Issue.record("a cached read answered from a damaged table")
            return
        }
        #expect(try engine.value(of: last) == DamageableStore.value(Self.count - 1))
    }

    @Test("A store that its caller does not admit is refused and left as it is")
    func refusedByCaller() throws {
        let store = try DamageableStore()
        try store.fill(Self.count)
        // RocksDB opens a store that lost its log without a word: only its records tell.
        try store.remove(store.log())
        let before = try store.contents()
        let refusal = StorageError(.damaged, "some records are gone")
        let error = try #require(throws: StorageError.self) {
            try store.open { reader throws(StorageError) in
                guard try reader.value(of: DamageableStore.key(0)) != nil else { throw refusal }
            }
        }
        #expect(error == refusal)
        #expect(try store.contents() == before)
    }
}
