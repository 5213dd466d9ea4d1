import Foundation
import RocksDBEngine
import Storage
import StorageTesting
import Synchronization
import Testing

@testable import KeyValueStore

@Suite("Checkpoints of an open store")
struct StoreCheckpointsTests {
    /// A store on disk, and what is made of it.
    private final class Opened: Sendable {
        let path = NSTemporaryDirectory() + "kvick-checkpoints-\(UUID().uuidString)"
        let engine: RocksDBEngine
        let directory: StoreDirectory
        /// The newest number that was written, and whether enough were.
        let written = Atomic<UInt64>(0)
        let isOver = Atomic(false)

        init() throws {
            directory = try StoreDirectory(path: path)
            engine = try Self.open(directory)
        }

        static func open(_ directory: StoreDirectory) throws -> RocksDBEngine {
            var options = RocksDBOptions()
            options.reservedSpace = 4 << 20
            let engine = try RocksDBEngine.open(path: directory.enginePath, creating: true, options: options)
            try directory.finishOpening()
            return engine
        }

        deinit {
            engine.close()
            try? FileManager.default.removeItem(atPath: path)
        }

        func checkpoints(_ change: (inout CheckpointLimits) -> Void = { _ in }) -> StoreCheckpoints {
            var limits = CheckpointLimits()
            limits.freeSpaceMin = 0
            change(&limits)
            return StoreCheckpoints(engine: engine, directory: directory, limits: limits, logger: .silent)
        }

        /// Two keys that are always written together, as a store does with its revision.
        func write(_ number: UInt64) throws {
            var bytes: [UInt8] = []
            bytes.appendBigEndian(number)
            var batch = WriteBatch()
            batch.put(KeyLayout.revision, bytes)
            batch.put(KeyLayout.record(NamespaceID(rawValue: 1), [1]), bytes)
            try engine.write(batch, durably: true)
        }

        var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints")) ?? [] }
    }

    @Test("Each has all that was written before, and nothing of what was written in part")
    func consistency() async throws {
        let opened = try Opened()
        let checkpoints = opened.checkpoints()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var number: UInt64 = 0
                while !opened.isOver.load(ordering: .relaxed) {
                    number += 1
                    try opened.write(number)
                    opened.written.store(number, ordering: .releasing)
                }
            }
            for _ in 0..<5 {
                let before = opened.written.load(ordering: .acquiring)
                let checkpoint = try #require(try checkpoints.make())
                #expect(checkpoint.revision.rawValue >= before)
                try RocksDBEngine.withReader(path: "\(opened.path)/checkpoints/\(checkpoint.id)") {
                    (reader, _) throws(StorageError) in
                    let revision = try reader.value(of: KeyLayout.revision.bytes)
                    let record = try reader.value(of: KeyLayout.record(NamespaceID(rawValue: 1), [1]).bytes)
                    #expect(revision == record)
                }
                #expect(checkpoints.remove(checkpoint.id))
            }
            opened.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        await checkpoints.close()
    }

    @Test("Its files can be read by their names and by no others, and after it is gone by those who began")
    func files() async throws {
        let opened = try Opened()
        try opened.write(7)
        let checkpoints = opened.checkpoints()
        let checkpoint = try #require(try checkpoints.make())
        #expect(checkpoint.revision == Revision(rawValue: 7))
        #expect(checkpoint.files.contains { $0.name == "server.key" && $0.size == 32 && $0.fingerprint == nil })
        for file in checkpoint.files { #expect((file.fingerprint != nil) == file.name.hasSuffix(".sst"), "\(file)") }
        let table = try #require(checkpoint.files.first { $0.fingerprint != nil })
        for name in [
            "", "FORMAT", "rocksdb", "../server.key", "rocksdb/../../server.key", "rocksdb/LOCK", "/etc/passwd",
        ] {
            #expect(try checkpoints.open(name, in: checkpoint.id) == nil, "\(name)")
        }
        #expect(try checkpoints.open(table.name, in: "..") == nil)
        let reader = try #require(try checkpoints.open(table.name, in: checkpoint.id))
        #expect(checkpoints.remove(checkpoint.id))
        #expect(!checkpoints.remove(checkpoint.id))
        var bytes = [UInt8](repeating: 0, count: table.size)
        try bytes.withUnsafeMutableBytes { try reader.read(into: $0, at: 0) }
        #expect(bytes.contains { $0 != 0 })
        #expect(opened.names == [])
        await checkpoints.close()
    }

    @Test("There is none of a store whose secret was changed on the disk")
    func damagedSecret() async throws {
        let opened = try Opened()
        try opened.write(1)
        let checkpoints = opened.checkpoints()
        let url = URL(fileURLWithPath: opened.path + "/server.key")
        let whole = try Data(contentsOf: url)
        for damaged in [Data(whole.map { $0 ^ 1 }), whole.dropLast(), nil] {
            try FileManager.default.removeItem(at: url)
            try damaged?.write(to: url)
            let error = #expect(throws: StorageError.self) { try checkpoints.make() }
            #expect(error?.code == .damaged)
            #expect(opened.names == [])
            try whole.write(to: url)
        }
        _ = try #require(try checkpoints.make())
        await checkpoints.close()
    }

    @Test("A table has another fingerprint than any that is written after it")
    func fingerprints() async throws {
        let opened = try Opened()
        let checkpoints = opened.checkpoints()
        var seen: Set<String> = []
        for _ in 0..<3 {
            // The same contents each time.
            try opened.write(7)
            let checkpoint = try #require(try checkpoints.make())
            let fingerprints = checkpoint.files.compactMap(\.fingerprint)
            #expect(!fingerprints.isEmpty)
            #expect(Set(fingerprints).count == fingerprints.count)
            #expect(!Set(fingerprints).isSubset(of: seen))
            seen.formUnion(fingerprints)
            #expect(checkpoints.remove(checkpoint.id))
        }
        await checkpoints.close()
    }

    @Test("There are no more than there may be, and those that nobody reads go, as do all on a full disk")
    func bounds() async throws {
        let opened = try Opened()
        try opened.write(1)
        let checkpoints = opened.checkpoints { $0.patience = .milliseconds(1) }
        let first = try #require(try checkpoints.make())
        _ = try #require(try checkpoints.make())
        #expect(try checkpoints.make() == nil)
        #expect(try await eventually { opened.names.isEmpty })
        #expect(checkpoints.checkpoint(first.id) == nil)
        await checkpoints.close()

        let cramped = opened.checkpoints { $0.freeSpaceMin = .max }
        #expect(throws: StorageError.self) { try cramped.make() }
        #expect(opened.names == [])
        await cramped.close()
    }

    @Test("What a process leaves that is killed goes when the store is opened again")
    func leftovers() async throws {
        let opened = try Opened()
        try opened.write(1)
        let checkpoint = try #require(try opened.checkpoints().make())
        #expect(opened.names == [checkpoint.id])
        try opened.directory.finishOpening()
        #expect(opened.names == [])
    }
}
