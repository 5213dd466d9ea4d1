import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Keys at the end of their time")
struct ExpiryTests {
    private let namespace = NamespaceID(rawValue: 1)

    private func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test("The queue gives keys at their time, in its order, each once")
    func queue() {
        let queue = ExpiryQueue()
        queue.offer(namespace, [1], time(30))
        queue.offer(namespace, [2], time(10))
        queue.offer(namespace, [3], time(20))
        // A later time for a key that is there is looked at when the earlier one comes.
        queue.offer(namespace, [2], time(40))
        // An earlier one counts at once.
        queue.offer(namespace, [1], time(15))
        #expect(queue.takeDue(at: time(9), limit: 10).isEmpty)
        #expect(queue.takeDue(at: time(15), limit: 10).map(\.key) == [[2], [1]])
        #expect(queue.takeDue(at: time(100), limit: 10).map(\.key) == [[3]])
        #expect(queue.takeDue(at: time(100), limit: 10).isEmpty)
    }

    @Test("A full queue keeps the keys that expire first")
    func capacity() {
        let queue = ExpiryQueue(sizeMax: 3 * 129)
        for number in [5, 1, 4, 2, 3] as [UInt8] { queue.offer(namespace, [number], time(Int64(number))) }
        #expect(queue.takeDue(at: time(100), limit: 10).map(\.key) == [[1], [2], [3]])
        // What was pushed out is taken in again.
        queue.offer(namespace, [5], time(5))
        #expect(queue.takeDue(at: time(100), limit: 10).map(\.key) == [[5]])
    }

    @Test("What expires late is left to the sweep")
    func late() {
        let queue = ExpiryQueue()
        queue.setLatest(time(10))
        queue.offer(namespace, [1], time(10))
        queue.offer(namespace, [2], time(11))
        #expect(queue.takeDue(at: time(100), limit: 10).map(\.key) == [[1]])
    }

    @Test("A key that is over is deleted soon, one that was set anew is not, and both are told of rightly")
    func deletion() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        let second = TimeToLive(seconds: 1)
        try await store.set("over", "1", ttl: second)
        try await store.set("renewed", "2", ttl: second)
        try await store.set("renewed", "3", ttl: TimeToLive(seconds: 10))
        try await store.set("kept", "4", ttl: second)
        try await store.set("kept", "5", ttl: .forever)
        try await store.set("removed", "6", ttl: second)
        #expect(try await store.delete("removed"))
        let before = store.engine.recordCount
        store.clock.advance(milliseconds: 1000)
        #expect(
            try await eventually { try store.history(behind: start)?.contains { $0.hasSuffix("expire over") } ?? false }
        )
        #expect(try store.keys() == ["kept", "renewed"])
        store.clock.advance(milliseconds: 9000)
        #expect(
            try await eventually {
                try store.history(behind: start)?.contains { $0.hasSuffix("expire renewed") } ?? false
            })
        #expect(try store.history(behind: start)?.filter { $0.contains("expire") }.count == 2)
        // Two records less, and two pages of the history more.
        #expect(store.engine.recordCount == before)
        await store.store.close()
    }

    @Test("A key that expired while the store was closed, or that the queue did not know, is found by the sweep")
    func sweep() async throws {
        let clock = TestClock()
        let garbage = Garbage(clock: { clock.now })
        let engine = InMemoryEngine(filter: garbage.filter)
        var options = StoreOptions()
        options.clock = { clock.now }
        options.sweep.interval = .milliseconds(10)
        let first = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)
        let before = TestStore(engine: engine, store: first, clock: clock)
        try await before.createBucket("bucket")
        let start = ChangePosition(behind: first.changes.revision)
        // Later than any sweep looks ahead.
        try await before.set("late", "1", ttl: TimeToLive(seconds: 1_000_000))
        clock.advance(milliseconds: 2_000_000_000)
        let second = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)
        let after = TestStore(engine: engine, store: second, clock: clock)
        #expect(try await eventually { try after.history(behind: start)?.last?.hasSuffix("expire late") ?? false })
        await second.close()
    }

    @Test("The keys of a deleted namespace go without a word")
    func deletedNamespace() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        let id = try store.namespace.id
        let revision = try await store.set("a", "1", ttl: TimeToLive(seconds: 1))
        try await store.deleteBucket()
        store.clock.advance(milliseconds: 1000)
        try await store.createBucket("other")
        #expect(
            try await eventually {
                var count = 0
                try store.engine.scan(KeyLayout.records, reverse: false, fillingCache: false) { _, _ in
                    count += 1
                    return .next
                }
                return count == 0
            })
        var seen: [String] = []
        _ = try store.store.readHistory(of: id, behind: start, sizeMax: .max) { change in
            seen.append(SeenChange(change).description)
            return .next
        }
        #expect(seen == ["\(revision) set a=1"])
        await store.store.close()
    }

    @Test("Many keys that expire at once are all deleted, in more than one batch")
    func many() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        let namespace = try store.namespace
        for batch in 0..<5 {
            try await store.write { (transaction) throws(StoreError) in
                for number in 0..<1000 {
                    try transaction.set(
                        namespace, Array("\(batch)-\(number)".utf8),
                        to: NewValue(bytes: [], timeToLive: TimeToLive(seconds: 1)))
                }
            }
        }
        store.clock.advance(milliseconds: 1000)
        #expect(try await eventually { try store.history(behind: start)?.count == 10_000 })
        await store.store.close()
    }
}

extension ExpiryQueue {
    fileprivate func offer(_ namespace: NamespaceID, _ key: [UInt8], _ expiry: Timestamp) {
        key.withUnsafeBytes { offer(namespace, $0, expiry) }
    }
}
