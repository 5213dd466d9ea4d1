import Foundation
import RocksDBEngine
import Storage
import StorageTesting
import Testing

/// What reads cost, where it can be counted.
@Suite(.serialized) struct ReadCostTests {
    /// A table's filter takes 10 bits for each of its records: that of this one is larger than a shard of the cache.
    @Test func aRecordOfALargeTableIsFoundWithoutReadingMuchOfIt() throws {
        let folder = try TemporaryFolder()
        let engine = try RocksDBEngine.open(path: folder.path("store"), creating: true, options: .small)
        defer { engine.close() }
        for first in stride(from: 0, to: 450_000, by: 10_000) {
            var batch = WriteBatch()
            for number in first..<first + 10_000 { batch.put(key(number), []) }
            try engine.write(batch, durably: false)
        }
        try engine.reclaim(.all)
        var random = SeededGenerator(seed: 1)
        func readSome() throws {
            for _ in 0..<200 {
                let key = key(Int.random(in: 0..<450_000, using: &random))
                #expect(try engine.value(of: key.bytes) == [])
            }
        }
        try readSome()
        let before = try bytesRead()
        try readSome()
        // A block of the data, and now and then one of the index or the filter.
        #expect(try bytesRead() - before < 200 * 32 << 10)
    }

    private func key(_ number: Int) -> Key {
        Key(Array(String(number).utf8))
    }

    /// By this process so far, also of what the system had in memory.
    private func bytesRead() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/io", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("rchar: ") })
        return try #require(Int(line.dropFirst("rchar: ".count)))
    }
}
