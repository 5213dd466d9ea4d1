import RocksDBEngine
import Storage
import StorageTesting
import Testing

@Suite struct StatisticsTests {
    @Test func theEngineTellsWhatItHoldsAndWhatItsCachesAnswered() throws {
        let folder = try TemporaryFolder()
        let engine = try RocksDBEngine.open(path: folder.path("store"), creating: true, options: .small)
        var batch = WriteBatch()
        let key = Key(Array("key".utf8))
        batch.put(key, [1, 2, 3])
        try engine.write(batch, durably: true)
        let before = try engine.statistics()
        for _ in 0..<3 { #expect(try engine.value(of: key.bytes) == [1, 2, 3]) }
        let after = try engine.statistics()
        #expect(try #require(after.recordCacheMisses) - (before.recordCacheMisses ?? 0) == 1)
        #expect(try #require(after.recordCacheHits) - (before.recordCacheHits ?? 0) == 2)
        #expect(try #require(after.diskSize) > 0)
        #expect(try #require(after.freeDiskSpace) > 0)
        #expect(try #require(after.memtableSize) > 0)
        #expect(after.backgroundFailures == 0)
        #expect(after.levels.allSatisfy { $0.fileCount == 0 })
        try engine.reclaim(.all)
        #expect(try engine.statistics().levels.reduce(0) { $0 + $1.fileCount } == 1)
        try engine.checkSpace()
        engine.close()
        #expect(throws: StorageError.self) { try engine.statistics() }
    }
}
