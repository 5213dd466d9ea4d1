import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("The history of changes")
struct HistoryTests {
    private func historyCount(_ engine: InMemoryEngine) throws -> Int {
        var count = 0
        try engine.scan(KeyLayout.history, reverse: false, fillingCache: false) { _, _ in
            count += 1
            return .next
        }
        return count
    }

    @Test("The history keeps to its size, says how far it reaches back, and gives its space back")
    func trimming() async throws {
        let store = try await TestStore.make { $0.historySize = 100_000 }
        let start = ChangePosition(behind: store.store.changes.revision)
        var revisions: [Revision] = []
        for number in 0..<300 {
            revisions.append(try await store.set("k\(number)", String(repeating: "x", count: 1000)))
        }
        #expect(try await eventually { try store.history(behind: start) == nil })
        #expect(try await eventually { try historyCount(store.engine) < 110 })
        let kept = try historyCount(store.engine)
        #expect(kept > 50)
        // What is left is whole.
        let position = ChangePosition(behind: revisions[299 - kept])
        #expect(try store.history(behind: position)?.count == kept)
        #expect(try store.history(behind: ChangePosition(behind: revisions[299 - kept - 1])) == nil)
        await store.store.close()
    }

    @Test("A reopened store has its history, and one that was turned off meanwhile knows of the gap")
    func reopening() async throws {
        let garbage = Garbage()
        let engine = InMemoryEngine(filter: garbage.filter)
        func open(_ historySize: Int?) throws -> TestStore {
            var options = StoreOptions()
            options.historySize = historySize
            let store = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)
            return TestStore(engine: engine, store: store, clock: TestClock())
        }
        // Not closed, for that would close the engine that the next one opens.
        var store = try open(1 << 20)
        try await store.createBucket("bucket")
        let start = ChangePosition(behind: store.store.changes.revision)
        let first = try await store.set("a", "1")
        store = try open(1 << 20)
        #expect(store.store.changes.revision == first)
        let second = try await store.set("b", "2")
        #expect(try store.history(behind: start) == ["\(first) set a=1", "\(second) set b=2"])

        store = try open(nil)
        #expect(try store.history(behind: start) == nil)
        #expect(try store.history(behind: ChangePosition(behind: second)) == nil)
        let third = try await store.set("c", "3")
        store = try open(1 << 20)
        #expect(try store.history(behind: start) == nil)
        #expect(try store.history(behind: ChangePosition(behind: second)) == nil)
        let fourth = try await store.set("d", "4")
        #expect(try store.history(behind: ChangePosition(behind: third)) == ["\(fourth) set d=4"])
        await store.store.close()
    }

    @Test("A history turned off and on again with no change between is whole")
    func turnedOffForNothing() async throws {
        let garbage = Garbage()
        let engine = InMemoryEngine(filter: garbage.filter)
        var options = StoreOptions()
        let first = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)
        let store = TestStore(engine: engine, store: first, clock: TestClock())
        try await store.createBucket("bucket")
        let start = ChangePosition(behind: first.changes.revision)
        try await store.set("a", "1")
        options.historySize = nil
        _ = try KeyValueStore(engine: engine, garbage: Garbage(), options: options, logger: .silent)
        options.historySize = 1 << 20
        let last = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)
        #expect(try TestStore(engine: engine, store: last, clock: TestClock()).history(behind: start)?.count == 1)
        await last.close()
    }
}
