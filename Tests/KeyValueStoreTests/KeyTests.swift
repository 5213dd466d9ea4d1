import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Keys")
struct KeyTests {
    @Test("A key is what it was last set to, until it is deleted")
    func setGetDelete() async throws {
        let store = try await TestStore.make()
        let first = try await store.set("k", "one")
        let second = try await store.set("k", "two")
        #expect(first < second)
        #expect(try store.get("k") == "two")
        #expect(try await store.delete("k"))
        #expect(try store.get("k") == nil)
        #expect(try await !store.delete("k"))
        await store.store.close()
    }

    @Test("A key expires to the millisecond, everywhere at once, and a set starts it anew")
    func expiry() async throws {
        let store = try await TestStore.make()
        let ttl = try #require(TimeToLive(milliseconds: 1500))
        try await store.set("k", "1", ttl: ttl)
        store.clock.advance(milliseconds: 1499)
        #expect(try store.get("k") == "1")
        #expect(try store.keys() == ["k"])
        _ = try await store.increment("k", by: "+1", ttl: ttl)
        store.clock.advance(milliseconds: 1499)
        #expect(try store.get("k") == "2")
        store.clock.advance(milliseconds: 1)
        #expect(try store.get("k") == nil)
        #expect(try store.keys() == [])
        #expect(try await !store.delete("k"))
        #expect(try await store.increment("k", by: "+1") == "1")
        await store.store.close()
    }

    @Test("The default time to live counts from the last update, and a changed one from the next")
    func defaultTimeToLive() async throws {
        let store = try await TestStore.make()
        try await store.set("old", "x")
        let hour = try #require(TimeToLive(seconds: 3600))
        try await store.write { (transaction) throws(StoreError) in
            try transaction.updateNamespace(.bucket, store.bucket.name) { $0.defaultTimeToLive = hour }
        }
        try await store.set("new", "x")
        store.clock.advance(milliseconds: 3_600_000)
        #expect(try store.keys() == ["old"])
        store.clock.advance(milliseconds: 604_800_000 - 3_600_000)
        #expect(try store.keys() == [])
        await store.store.close()
    }

    @Test("The longest time to live does not reach past the end of time")
    func endOfTime() async throws {
        let store = try await TestStore.make()
        let ttl = try #require(TimeToLive(milliseconds: .max / 2))
        try await store.set("k", "1", ttl: ttl)
        #expect(try await store.increment("k", by: "1", ttl: ttl) == "2")
        store.clock.advance(milliseconds: .max / 4)
        #expect(try store.get("k") == "2")
        await store.store.close()
    }

    @Test("A record of an unknown format is neither shown as absent nor overwritten by an increment")
    func unreadableRecord() async throws {
        let store = try await TestStore.make()
        try await store.set("k", "1")
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        var batch = WriteBatch()
        batch.put(KeyLayout.record(namespace.id, Array("k".utf8)), [99] + [UInt8](repeating: 0, count: 30))
        try store.engine.write(batch, durably: true)
        #expect(throws: StorageError.unreadableRecord) { try store.get("k") }
        #expect(throws: StoreError.storage(.unreadableRecord)) { try store.keys() }
        await #expect(throws: StoreError.storage(.unreadableRecord)) { try await store.increment("k", by: "1") }
        // To set it anew is how it is mended.
        try await store.set("k", "2")
        #expect(try store.get("k") == "2")
        await store.store.close()
    }

    @Test("Increments refuse what is no number and what does not fit, and change nothing")
    func increments() async throws {
        let store = try await TestStore.make()
        #expect(try await store.increment("n", by: "+1") == "1")
        #expect(try await store.increment("n", by: "-2.5") == "-1.5")
        #expect(try await store.increment("n", by: "0") == "-1.5")
        try await store.set("text", "abc")
        await #expect(throws: StoreError.self) { try await store.increment("text", by: "1") }
        try await store.set("max", "9223372036854775807")
        await #expect(throws: StoreError.self) { try await store.increment("max", by: "1") }
        #expect(try store.get("max") == "9223372036854775807")
        await store.store.close()
    }

    @Test("Lists go in byte order, forward and back, within a prefix and from a key on")
    func lists() async throws {
        let store = try await TestStore.make()
        for key in ["b", "a", "ab", "abc", "b/1", "c"] { try await store.set(key, "x") }
        #expect(try store.keys() == ["a", "ab", "abc", "b", "b/1", "c"])
        #expect(try store.keys(reverse: true) == ["c", "b/1", "b", "abc", "ab", "a"])
        #expect(try store.keys(prefix: "ab") == ["ab", "abc"])
        #expect(try store.keys(prefix: "b", after: "b") == ["b/1"])
        #expect(try store.keys(after: "aa") == ["ab", "abc", "b", "b/1", "c"])
        #expect(try store.keys(after: "ab", reverse: true) == ["a"])
        #expect(try store.keys(prefix: "ab", after: "zzz") == [])
        #expect(try store.keys(prefix: "b", after: "a") == ["b", "b/1"])
        await store.store.close()
    }

    @Test("A list shows the moment that it began at")
    func snapshot() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1")
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        let snapshot = try store.store.snapshot(of: namespace)
        try await store.set("b", "2")
        _ = try await store.delete("a")
        var seen: [String] = []
        try snapshot.scan(prefix: [], after: nil, reverse: false) { key, _ in
            seen.append(String(decoding: key, as: UTF8.self))
            return .next
        }
        #expect(seen == ["a"])
        await store.store.close()
    }

    @Test("What memory can't answer says so, and the blocking read answers it")
    func blockingReads() async throws {
        let store = try await TestStore.make()
        try await store.set("k", "v")
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        store.engine.readsBlock = true
        let read = Array("k".utf8).withUnsafeBytes { store.store.cachedRecord(namespace, $0) { _ in true } }
        guard case .wouldBlock = read else {
            Issue.record("expected wouldBlock, not \(read)")
            return
        }
        #expect(try store.get("k") == "v")
        await store.store.close()
    }
}
