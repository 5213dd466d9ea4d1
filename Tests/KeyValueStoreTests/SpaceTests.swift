import Foundation
import RocksDBEngine
import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Space on disk")
struct SpaceTests {
    /// Bytes of the tables in a RocksDB folder; its logs keep their size for reuse.
    private func tableSize(_ path: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".sst") }.reduce(0) {
            sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)
            return sum + (attributes?[.size] as? Int ?? 0)
        }
    }

    @Test("A sweep gives back the space of expired keys and leaves the others")
    func sweep() async throws {
        let path = NSTemporaryDirectory() + "kvick-space-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let clock = TestClock()
        let garbage = Garbage(clock: { clock.now })
        var engineOptions = RocksDBOptions()
        engineOptions.memtableSize = 256 << 10
        let engine = try RocksDBEngine.open(
            path: path, creating: true, options: engineOptions, filter: garbage.filter)
        var options = StoreOptions()
        options.clock = { clock.now }
        options.durability = .relaxed
        options.historySize = nil
        options.sweep.interval = .milliseconds(50)
        options.sweep.pause = .milliseconds(1)
        options.sweep.garbageMin = 64 << 10
        let store = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)

        let count = 4000
        let second = try #require(TimeToLive(seconds: 1))
        var generator = SeededGenerator(seed: 3)
        for number in 0..<count {
            // Random bytes, which no compression makes small.
            let value = (0..<1000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let timeToLive = number % 4 == 0 ? TimeToLive.forever : second
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                store.set(
                    NamespaceName(.bucket, Array("space-test".utf8), isCreatedOnWrite: true),
                    Array("key\(number)".utf8), to: NewValue(bytes: value, timeToLive: timeToLive)
                ) { continuation.resume(with: $0.map { _ in }) }
            }
        }
        #expect(try await eventually { try tableSize(path) > 2_000_000 })
        clock.advance(milliseconds: 1000)
        #expect(try await eventually { try tableSize(path) < 1_500_000 })
        let namespace = try #require(try store.namespace(.bucket, Array("space-test".utf8)))
        var left = 0
        try store.snapshot(of: namespace).scan(prefix: [], after: nil, reverse: false) { _, _ in
            left += 1
            return .next
        }
        #expect(left == count / 4)
        await store.close()
    }
}
