import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("What optimistic transactions promise to write")
struct PendingWritesTests {
    private static let full = StorageError(.outOfSpace, "no space left")

    /// A store in which a write is on its way to the disk, so that all that comes behind it waits.
    private func heldStore() async throws -> (TestStore, CommitOutcome) {
        let store = try await TestStore.make()
        try await store.set("n", "0")
        try await store.set("d", "1")
        store.engine.holdWrites()
        let held = try store.begin()
        try held.set("held", "1")
        let outcome = held.commitLater()
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        return (store, outcome)
    }

    /// Begins an increment of `n` and hands it to the writer.
    private func count(_ store: TestStore, expecting number: String) throws -> CommitOutcome {
        let transaction = try store.begin()
        #expect(try transaction.increment("n") == number)
        return transaction.commitLater()
    }

    private func isDone(_ outcome: CommitOutcome) async throws -> Bool {
        try await eventually { outcome.hasEnded } && outcome.failure == nil
    }

    @Test("Transactions build on each other without waiting for the disk, and share one write")
    func chain() async throws {
        let (store, _) = try await heldStore()
        var outcomes: [CommitOutcome] = []
        for number in 1...50 { outcomes.append(try count(store, expecting: "\(number)")) }
        let deleting = try store.begin()
        #expect(try deleting.delete("d"))
        outcomes.append(deleting.commitLater())
        let last = try store.begin()
        #expect(try last.get("d") == nil)
        #expect(try last.list(ListedRange(withValues: true)) == ["held=1", "n=50"])
        outcomes.append(last.commitLater())
        let writes = store.engine.writeCount
        #expect(!outcomes.contains { $0.hasEnded })
        store.engine.releaseWrites()
        #expect(try await eventually { outcomes.allSatisfy { $0.hasEnded } })
        #expect(outcomes.allSatisfy { $0.failure == nil })
        #expect(store.engine.writeCount == writes + 2)
        #expect(try store.get("n") == "50")
        // Nothing is promised any more.
        #expect(try store.begin().pending.entries.isEmpty)
        await store.store.close()
    }

    @Test("What is outdated is told at once, and nobody builds on it")
    func outdated() async throws {
        let (store, _) = try await heldStore()
        let (first, second) = (try store.begin(), try store.begin())
        for transaction in [first, second] { #expect(try transaction.increment("n") == "1") }
        let outcome = first.commitLater()
        #expect(await second.commit() == .conflict)
        let third = try count(store, expecting: "2")
        store.engine.releaseWrites()
        #expect(try await eventually { third.hasEnded })
        #expect(outcome.failure == nil && third.failure == nil)
        #expect(try store.get("n") == "2")
        await store.store.close()
    }

    @Test("Those that build on a transaction that fails do, too, and those that come next build on what is there")
    func failedDependency() async throws {
        let (store, _) = try await heldStore()
        async let plain = store.set("n", "100")
        #expect(try await eventually { store.store.queuedCommandCount == 1 })
        let doomed = [try count(store, expecting: "1"), try count(store, expecting: "2")]
        let reader = try store.begin()
        #expect(try reader.get("n") == "2")
        let early = try store.begin()
        #expect(try early.get("n") == "2")
        let outcomes = doomed + [reader.commitLater()]
        let apart = try store.begin()
        #expect(try apart.delete("d"))
        let unhurt = apart.commitLater()
        store.engine.releaseWrites()
        _ = try await plain
        #expect(try await eventually { unhurt.hasEnded })
        #expect(outcomes.map(\.failure) == [.conflict, .conflict, .conflict])
        #expect(unhurt.failure == nil)
        #expect(await early.commit() == .conflict)
        #expect(try await isDone(count(store, expecting: "101")))
        #expect(try store.keys() == ["held", "n"])
        await store.store.close()
    }

    @Test("A promise is taken back when the writer finds it broken, not when its group is on disk")
    func brokenPromise() async throws {
        let (store, _) = try await heldStore()
        async let plain = store.set("n", "100")
        #expect(try await eventually { store.store.queuedCommandCount == 1 })
        let doomed = try count(store, expecting: "1")
        // The next group is held, too: the plain change's.
        store.engine.releaseWrites()
        store.engine.holdWrites()
        #expect(try await eventually { try store.begin().pending.entries[Array("n".utf8)] == nil })
        store.engine.releaseWrites()
        _ = try await plain
        #expect(try await eventually { doomed.hasEnded })
        #expect(doomed.failure == .conflict)
        await store.store.close()
    }

    @Test("The writer ends what it has written while others hold the lock")
    func writerTakesNoLock() async throws {
        let (store, held) = try await heldStore()
        let pending = store.store.pendingWrites
        let id = try store.namespace.id
        let reads = ReadSet(revision: .zero, time: store.clock.now)
        let hasEnded = pending.submit(SortedKeys([]), after: reads, of: pending.view(of: id), in: id) { _ in
            store.engine.releaseWrites()
            let end = ContinuousClock.now + .seconds(20)
            while !held.hasEnded, ContinuousClock.now < end {}
            return held.hasEnded
        }
        #expect(hasEnded == true)
        #expect(held.failure == nil)
        await store.store.close()
    }

    @Test("What has ended is forgotten where nobody comes any more, too")
    func forgetting() async throws {
        let (store, held) = try await heldStore()
        weak let commit = try store.begin().pending.entries[Array("held".utf8)]?.commit
        #expect(commit != nil)
        store.engine.releaseWrites()
        #expect(try await eventually { held.hasEnded && commit == nil })
        await store.store.close()
    }

    @Test(
        "Of a group that is run again on a full disk, who builds on whom is found out anew",
        arguments: [
            // All but the plain deletion is run twice, with other revisions.
            ([nil, full, nil, nil], [nil, nil, nil]),
            // Of the three, the first finds room, and then the others do.
            ([nil, full, nil, full, nil, nil], [nil, nil, nil]),
            // The first finds none, so those that build on it have nothing to write.
            ([nil, full, nil, full, full], [.diskFull, .conflict, .conflict]),
        ] as [([StorageError?], [StoreError?])])
    func fullDisk(outcomes: [StorageError?], failures: [StoreError?]) async throws {
        let (store, _) = try await heldStore()
        let chain = [
            try count(store, expecting: "1"), try count(store, expecting: "2"), try count(store, expecting: "3"),
        ]
        async let deleted = store.delete("d")
        #expect(try await eventually { store.store.queuedCommandCount == 4 })
        store.engine.endNextWrites(with: outcomes)
        store.engine.releaseWrites()
        #expect(try await deleted)
        #expect(try await eventually { chain.allSatisfy { $0.hasEnded } })
        #expect(chain.map(\.failure) == failures)
        #expect(try store.get("n") == (failures.contains(.diskFull) ? "0" : "3"))
        #expect(try store.begin().pending.entries.isEmpty)
        await store.store.close()
    }

    @Test("A deletion that frees space, and builds on what found none, deletes nothing")
    func deletionOnFullDisk() async throws {
        let (store, _) = try await heldStore()
        let setting = try count(store, expecting: "1")
        let deleting = try store.begin()
        #expect(try deleting.delete("n"))
        let deletion = deleting.commitLater()
        store.engine.endNextWrites(with: [nil, Self.full])
        store.engine.releaseWrites()
        #expect(try await eventually { setting.hasEnded && deletion.hasEnded })
        // The deletion went first, before what it builds on.
        #expect(deletion.failure == .conflict && setting.failure == nil)
        #expect(try store.get("n") == "1")
        await store.store.close()
    }

    @Test("A list shows the snapshot, what is pending and its own writes in one order", arguments: 0..<20)
    func lists(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let store = try await TestStore.make()
        var model: [String: String] = [:]
        func key() -> String {
            (0..<Int.random(in: 1...2, using: &generator)).map { _ in
                "abc".randomElement(using: &generator).map(String.init) ?? ""
            }.joined()
        }
        func change(_ transaction: OptimisticTransaction, _ value: String) throws {
            for _ in 0..<4 {
                let key = key()
                if Bool.random(using: &generator) {
                    try transaction.set(key, value)
                    model[key] = value
                } else {
                    #expect(try transaction.delete(key) == (model.removeValue(forKey: key) != nil))
                }
            }
        }
        let base = try store.begin()
        try change(base, "base")
        try change(base, "base")
        #expect(await base.commit() == nil)
        store.engine.holdWrites()
        var outcomes: [CommitOutcome] = []
        for value in ["one", "two"] {
            let pending = try store.begin()
            try change(pending, value)
            outcomes.append(pending.commitLater())
        }
        let transaction = try store.begin()
        for _ in 0..<10 {
            let range = ListedRange(
                prefix: Bool.random(using: &generator) ? "" : key(),
                after: Bool.random(using: &generator) ? nil : key(), reverse: Bool.random(using: &generator),
                skip: Int.random(in: 0...2, using: &generator), limit: Int.random(in: 0...6, using: &generator),
                withValues: Bool.random(using: &generator))
            #expect(try transaction.list(range) == range.list(model), "\(range)")
            if Bool.random(using: &generator) { try change(transaction, "own") }
        }
        outcomes.append(transaction.commitLater())
        store.engine.releaseWrites()
        #expect(try await eventually { outcomes.allSatisfy { $0.hasEnded } })
        #expect(outcomes.map(\.failure) == [nil, nil, nil])
        #expect(try store.begin().list(ListedRange(withValues: true)) == ListedRange(withValues: true).list(model))
        await store.store.close()
    }
}
