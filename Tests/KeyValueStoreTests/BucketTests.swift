import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Buckets in the store")
struct BucketTests {
    @Test("A deleted bucket is gone at once, remembered for 30 days, and its space comes back")
    func deletion() async throws {
        let store = try await TestStore.make()
        for number in 0..<200 { try await store.set("key\(number)", "x") }
        try await store.createBucket("other")
        let before = store.engine.recordCount
        try await store.deleteBucket()
        #expect(try store.get("key1") == nil)
        await #expect(throws: StoreError.namespaceDeleted) { try await store.set("key1", "y") }
        #expect(try await eventually { store.engine.recordCount <= before - 200 })
        // Only then is it forgotten that there were keys.
        #expect(try await eventually { try goneCount(store.engine) == 0 })
        store.clock.advance(milliseconds: 30 * 24 * 3600 * 1000 - 1)
        #expect(try store.store.namespace(.bucket, store.bucket.name)?.deletion != nil)
        store.clock.advance(milliseconds: 1)
        #expect(try store.store.namespace(.bucket, store.bucket.name) == nil)
        await #expect(throws: StoreError.namespaceNotFound) { try await store.set("key1", "y") }
        await store.store.close()
    }

    @Test("A bucket deleted just before the store was closed is cleared when it is opened again")
    func deletionAfterRestart() async throws {
        let clock = TestClock()
        let garbage = Garbage(clock: { clock.now })
        let engine = InMemoryEngine(filter: garbage.filter)
        // This store's garbage is not the engine's filter, so nothing is dropped while it is open.
        let store = try await TestStore.make(engine: engine) { $0.sweep.recordsPerStep = 10 }
        for number in 0..<50 { try await store.set("key\(number)", "x") }
        try await store.deleteBucket()
        let before = engine.recordCount
        let again = try KeyValueStore(engine: engine, garbage: garbage, logger: .silent)
        #expect(try await eventually { try goneCount(engine) == 0 })
        #expect(engine.recordCount <= before - 50)
        await again.close()
    }

    @Test("A small bucket's keys are deleted one by one, without a rewrite of the tables around them")
    func smallDeletion() async throws {
        // With this filter a rewrite would drop nothing.
        let store = try await TestStore.make(engine: InMemoryEngine(filter: .keepingAll))
        for number in 0..<20 { try await store.set("key\(number)", "x") }
        let before = store.engine.recordCount
        try await store.deleteBucket()
        #expect(try await eventually { store.engine.recordCount == before - 20 })
        #expect(try await eventually { try goneCount(store.engine) == 0 })
        await store.store.close()
    }

    @Test("A bucket that was deleted long ago is garbage itself")
    func forgottenBucket() async throws {
        let store = try await TestStore.make()
        try await store.deleteBucket()
        #expect(try await eventually { try goneCount(store.engine) == 0 })
        let before = store.engine.recordCount
        store.clock.advance(milliseconds: 32 * 24 * 3600 * 1000)
        try store.engine.reclaim(.all)
        #expect(store.engine.recordCount == before - 1)
        await store.store.close()
    }

    @Test("A list of a bucket that is deleted meanwhile says so, rather than end as if it were whole")
    func deletionDuringList() async throws {
        let store = try await TestStore.make()
        for number in 100..<200 { try await store.set("key\(number)", "x") }
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        let snapshot = try store.store.snapshot(of: namespace)
        var seen = 0
        let position = try snapshot.scan(prefix: [], after: nil, reverse: false, stepMax: (records: 10, bytes: .max)) {
            _, _ in
            seen += 1
            return .next
        }
        #expect(seen == 10)
        #expect(position == Array("key109".utf8))
        try await store.deleteBucket()
        #expect(throws: StoreError.namespaceDeleted) {
            try snapshot.scan(prefix: [], after: position, reverse: false) { _, _ in .next }
        }
        await store.store.close()
    }

    @Test("Names are taken once, and a new bucket sees nothing of an old one's keys")
    func names() async throws {
        let store = try await TestStore.make()
        await #expect(throws: StoreError.namespaceExists) { try await store.createBucket("bucket") }
        try await store.set("k", "1")
        try await store.deleteBucket()
        await #expect(throws: StoreError.namespaceDeleted) { try await store.createBucket("bucket") }
        store.clock.advance(milliseconds: 31 * 24 * 3600 * 1000)
        try await store.createBucket("bucket")
        #expect(try store.get("k") == nil)
        #expect(try store.keys() == [])
        await store.store.close()
    }

    @Test("Expired keys give their space back in a sweep, and the others stay")
    func sweep() async throws {
        let store = try await TestStore.make { options in
            options.sweep.interval = .milliseconds(10)
            options.sweep.pause = .milliseconds(1)
            options.sweep.recordsPerStep = 10
            options.sweep.garbageMin = 1
            options.historySize = nil
        }
        let second = try #require(TimeToLive(seconds: 1))
        for number in 100..<200 { try await store.set("key\(number)", "x", ttl: number % 2 == 0 ? second : .forever) }
        let before = store.engine.recordCount
        store.clock.advance(milliseconds: 1000)
        #expect(try await eventually { store.engine.recordCount == before - 50 })
        #expect(try store.keys().count == 50)
        await store.store.close()
    }

    @Test("A sweep leaves stretches alone that hold little garbage")
    func sweepIsPaced() async throws {
        let store = try await TestStore.make { options in
            options.sweep.interval = .milliseconds(1)
            options.sweep.pause = .milliseconds(1)
            options.sweep.garbageMin = 1
            options.historySize = nil
        }
        let second = try #require(TimeToLive(seconds: 1))
        for number in 100..<200 { try await store.set("key\(number)", "x", ttl: number < 110 ? second : .forever) }
        let before = store.engine.recordCount
        store.clock.advance(milliseconds: 1000)
        // Those that have expired are deleted, and passes go over what they leave.
        #expect(try await eventually { store.engine.recordCount == before - 10 })
        let passes = store.engine.scanCount
        #expect(try await eventually { store.engine.scanCount > passes + 10 })
        #expect(store.engine.reclaimCount == 0)
        await store.store.close()
    }

    private func goneCount(_ engine: InMemoryEngine) throws -> Int {
        var count = 0
        try engine.scan(KeyLayout.goneNamespaces, reverse: false, fillingCache: false) { _, _ in
            count += 1
            return .next
        }
        return count
    }
}
