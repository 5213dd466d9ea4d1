import Foundation
import RocksDBEngine
import Storage
import StorageTesting
import Synchronization
import Testing

@Suite struct ReclaimTests {
    private static let recordCount = 4_000

    /// Calls the records whose value begins with `FF` garbage.
    private static let filter = RecordFilter { { _, value in value.first == 0xFF } }

    private let folder: TemporaryFolder
    private var path: String { folder.path("store") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ filter: RecordFilter = Self.filter) throws -> RocksDBEngine {
        try RocksDBEngine.open(path: path, creating: true, options: .small, filter: filter)
    }

    /// Writes records of a KiB that can't be compressed; all but each tenth are garbage.
    private func fill(_ engine: RocksDBEngine) throws {
        var generator = SystemRandomNumberGenerator()
        for start in stride(from: 0, to: Self.recordCount, by: 100) {
            var batch = WriteBatch()
            for number in start..<(start + 100) {
                var value: [UInt8] = [number % 10 == 0 ? 0 : 0xFF]
                for _ in 0..<128 {
                    withUnsafeBytes(of: generator.next()) { bytes in value.append(contentsOf: bytes) }
                }
                batch.put(Key(DamageableStore.key(number)), value)
            }
            try engine.write(batch, durably: false)
        }
    }

    private func tableSize() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { name in name.hasSuffix(".sst") }
            .reduce(0) { sum, name in
                let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
                return sum + ((attributes[.size] as? Int) ?? 0)
            }
    }

    private func expectOnlyRest(_ engine: RocksDBEngine) throws {
        let rest = stride(from: 0, to: Self.recordCount, by: 10).map { number in DamageableStore.key(number) }
        #expect(try engine.records().map(\.key) == rest)
    }

    @Test("Reclaiming gives back the disk space of garbage and keeps the rest, also after a restart")
    func givesBackSpace() throws {
        do {
            let engine = try open(.keepingAll)
            defer { engine.close() }
            try fill(engine)
            try engine.reclaim(.all)
        }
        let before = try tableSize()
        #expect(before > Self.recordCount * 1_000)
        do {
            let engine = try open()
            defer { engine.close() }
            try engine.reclaim(.all)
            try expectOnlyRest(engine)
        }
        #expect(try tableSize() < before / 5)
        let engine = try open(.keepingAll)
        defer { engine.close() }
        try expectOnlyRest(engine)
    }

    @Test("A deleted range gives back its disk space where it is reclaimed")
    func givesBackSpaceOfDeletes() throws {
        let engine = try open(.keepingAll)
        defer { engine.close() }
        try fill(engine)
        try engine.reclaim(.all)
        let before = try tableSize()
        var batch = WriteBatch()
        for record in try engine.records() where record.value.first == 0xFF {
            batch.delete(Key(record.key))
        }
        try engine.write(batch, durably: true)
        try engine.reclaim(.all)
        try expectOnlyRest(engine)
        // RocksDB removes the files that it replaced by and by.
        let deadline = Date(timeIntervalSinceNow: 5)
        while try tableSize() > before / 5, Date() < deadline {
            Thread.sleep(forTimeInterval: 0.02)
        }
        #expect(try tableSize() <= before / 5)
    }

    @Test("A reclaim ends while others write, however many memtables that fills")
    func endsBesideWrites() throws {
        var options = RocksDBOptions.small
        options.memtableSize = 64 << 10
        let engine = try RocksDBEngine.open(path: path, creating: true, options: options, filter: Self.filter)
        defer { engine.close() }
        let failure = Mutex<(any Error)?>(nil)
        let reclaims = Thread {
            do {
                for _ in 0..<40 { try engine.reclaim(.all) }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        reclaims.start()
        let deadline = Date(timeIntervalSinceNow: 60)
        while !reclaims.isFinished, Date() < deadline { try fill(engine) }
        #expect(reclaims.isFinished)
        #expect(failure.withLock { $0 } == nil)
    }

    @Test("Closing ends a reclaim under way soon")
    func closeEndsReclaim() throws {
        try expectEndsSoon { engine in engine.close() }
    }

    @Test("Cancelling ends a reclaim under way soon, and the engine goes on")
    func cancelEndsReclaim() throws {
        try expectEndsSoon { engine in
            engine.cancelReclaim()
            #expect(throws: Never.self) { try engine.put([1], [1], durably: true) }
        }
    }

    /// Runs `end` in the middle of a reclaim that would take many seconds.
    private func expectEndsSoon(_ end: (RocksDBEngine) -> Void) throws {
        let calls = Mutex(0)
        let slow = RecordFilter {
            { _, _ in
                calls.withLock { calls in calls += 1 }
                usleep(10_000)
                return false
            }
        }
        let engine = try open(slow)
        defer { engine.close() }
        var batch = WriteBatch()
        for number in 0..<Self.recordCount {
            batch.put(Key(DamageableStore.key(number)), DamageableStore.value(number))
        }
        try engine.write(batch, durably: false)
        let reclaim = Thread { try? engine.reclaim(.all) }
        reclaim.start()
        while calls.withLock({ calls in calls }) == 0 {
            usleep(1_000)
        }
        let begin = Date()
        end(engine)
        while !reclaim.isFinished {
            usleep(1_000)
        }
        #expect(Date().timeIntervalSince(begin) < 2)
        #expect(calls.withLock { calls in calls } < Self.recordCount)
    }

    @Test("The filter is released with the engine")
    func releasesFilter() throws {
        final class Token: Sendable {}
        weak var token: Token?
        do {
            let held = Token()
            token = held
            let engine = try open(RecordFilter { { _, _ in withExtendedLifetime(held) { false } } })
            try engine.put([1], [1])
            try engine.reclaim(.all)
            engine.close()
        }
        #expect(token == nil)
    }
}
