import Foundation
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

    /// A store over an engine that another may have had before.
    private func open(_ engine: InMemoryEngine, _ garbage: Garbage, _ historySize: Int?) throws -> TestStore {
        var options = StoreOptions()
        options.historySize = historySize
        let store = try KeyValueStore(engine: engine, garbage: garbage, options: options, logger: .silent)
        return TestStore(engine: engine, store: store, clock: TestClock())
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

    @Test("The engine rewrites its files for the history only when half of its size is garbage")
    func reclaiming() async throws {
        let store = try await TestStore.make { $0.historySize = 100_000 }
        func set(_ numbers: Range<Int>) async throws {
            for number in numbers { try await store.set("k\(number)", String(repeating: "x", count: 1000)) }
        }
        let first = ChangePosition(behind: store.store.changes.revision)
        try await set(0..<100)
        #expect(try await eventually { try store.history(behind: first) == nil })
        #expect(try historyCount(store.engine) == 100)
        try await set(100..<160)
        #expect(try await eventually { try historyCount(store.engine) < 120 })
        #expect(store.engine.reclaimCount == 1)
        await store.store.close()
    }

    @Test("A reopened store has its history, and one that was turned off meanwhile knows of the gap")
    func reopening() async throws {
        let garbage = Garbage()
        let engine = InMemoryEngine(filter: garbage.filter)
        func open(_ historySize: Int?) throws -> TestStore { try self.open(engine, garbage, historySize) }
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

    @Test("What a history that is turned off gives up is never missed without a word")
    func turnedOffAndCompacted() async throws {
        let garbage = Garbage()
        let engine = InMemoryEngine(filter: garbage.filter)
        func open(_ historySize: Int?) throws -> TestStore { try self.open(engine, garbage, historySize) }
        let first = try open(1 << 20)
        try await first.createBucket("bucket")
        let start = ChangePosition(behind: first.store.changes.revision)
        let revision = try await first.set("a", "1")
        // Its first commit can't be made, so the disk does not know that it is off.
        engine.failWrites(with: StorageError(.outOfSpace, "full"))
        let second = try open(nil)
        try engine.reclaim(KeyLayout.history)
        #expect(try second.history(behind: start) == nil)
        engine.failWrites(with: nil)
        let third = try open(1 << 20)
        let seen = try third.history(behind: start)
        #expect(seen == nil || seen == ["\(revision) set a=1"])
        // And where it can be made, the space comes back, and the gap is known.
        _ = try open(nil)
        #expect(try await eventually { try historyCount(engine) == 0 })
        let last = try open(1 << 20)
        #expect(try last.history(behind: start) == nil)
        await last.store.close()
    }

    @Test("After a crash without syncs no revision is used again, and whoever saw one that was lost is told")
    func lostRevisions() async throws {
        let folder = NSTemporaryDirectory() + "kvick-history-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let directory = try StoreDirectory(path: folder)
        let garbage = Garbage()
        let engine = InMemoryEngine(filter: garbage.filter)
        let first = try KeyValueStore(engine: engine, garbage: garbage, logger: .silent)
        let store = TestStore(engine: engine, store: first, clock: TestClock())
        try await store.createBucket("bucket")
        let newest = try await store.set("a", "1")
        // Written down for less than the disk has, as at a crash.
        directory.mark.raise(to: Revision(rawValue: newest.rawValue - 1), logger: .silent)
        let second = try KeyValueStore(engine: engine, garbage: garbage, directory: directory, logger: .silent)
        let after = TestStore(engine: engine, store: second, clock: TestClock())
        let lost = Revision(rawValue: newest.rawValue + 100)
        #expect(try after.history(behind: ChangePosition(behind: lost)) == nil)
        let next = try await after.set("b", "2")
        #expect(next > lost)
        #expect(try after.history(behind: ChangePosition(behind: newest)) == ["\(next) set b=2"])
        await second.close()
    }
}
