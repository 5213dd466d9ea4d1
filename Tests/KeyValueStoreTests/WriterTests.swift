import Storage
import StorageTesting
import Synchronization
import Testing

@testable import KeyValueStore

extension Result where Success: Sendable, Failure == any Error {
    /// What `body` gives or throws.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }

    var failure: StoreError? {
        if case .failure(let error) = self { error as? StoreError } else { nil }
    }
}

@Suite("The writer")
struct WriterTests {
    @Test("Commands that wait together share one durable write, and each sees those before it")
    func groups() async throws {
        let store = try await TestStore.make()
        store.engine.holdWrites()
        async let first = store.increment("n", by: "1")
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let rest: [String] = withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await store.increment("n", by: "1") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await eventually { store.store.queuedCommandCount == 50 })
        let writesBefore = store.engine.writeCount
        store.engine.releaseWrites()
        #expect(try await first == "1")
        #expect(try await Set(rest) == Set((2...51).map(String.init)))
        // The first increment's write, and one for all that gathered behind it.
        #expect(store.engine.writeCount - writesBefore == 2)
        #expect(store.engine.durableWriteCount == store.engine.writeCount)
        await store.store.close()
    }

    @Test("Each command of a group finds the namespace as those before it have left it")
    func namespacesInAGroup() async throws {
        let store = try await TestStore.make()
        let (bucket, other) = (store.bucket, NamespaceName(.bucket, Array("other".utf8)))
        let outcomes = Mutex<[String: StoreError?]>([:])
        func submit(_ name: String, _ command: @escaping @Sendable (WriteTransaction) throws(StoreError) -> Void) {
            store.store.write(size: 1, command) { result in
                outcomes.withLock { outcomes in
                    if case .failure(let error) = result {
                        outcomes[name] = .some(error)
                    } else {
                        outcomes[name] = .some(nil)
                    }
                }
            }
        }
        func set(_ key: UInt8, _ name: NamespaceName) -> @Sendable (WriteTransaction) throws(StoreError) -> Void {
            { (transaction) throws(StoreError) in
                try transaction.set(try transaction.namespace(name.kind, name.name), [key], to: NewValue(bytes: [key]))
            }
        }
        store.engine.holdWrites()
        submit("plug", set(0, bucket))
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        submit("fails") { (transaction) throws(StoreError) in
            _ = try transaction.deleteNamespace(.bucket, bucket.name)
            _ = try? transaction.namespace(.bucket, bucket.name)
            throw .invalid("for the test")
        }
        submit("set behind one that failed", set(1, bucket))
        submit("set before it is made", set(2, other))
        submit("make") { (transaction) throws(StoreError) in
            _ = try transaction.createNamespace(.bucket, other.name, settings: NamespaceSettings())
        }
        submit("set once it is made", set(3, other))
        submit("delete") { (transaction) throws(StoreError) in
            _ = try transaction.deleteNamespace(.bucket, other.name)
        }
        submit("set once it is deleted", set(4, other))
        submit("empty") { (transaction) throws(StoreError) in _ = try transaction.emptyNamespace(.bucket, bucket.name) }
        submit("set once it is empty", set(5, bucket))
        #expect(try await eventually { store.store.queuedCommandCount == 9 })
        store.engine.releaseWrites()
        #expect(try await eventually { outcomes.withLock { $0.count } == 10 })
        let failures = outcomes.withLock { $0.compactMapValues { $0 } }
        #expect(
            failures == [
                "fails": .invalid("for the test"), "set before it is made": .namespaceNotFound,
                "set once it is deleted": .namespaceDeleted,
            ])
        #expect(try store.keys() == ["\u{5}"])
        await store.store.close()
    }

    @Test("A reply leaves only after its write")
    func replyAfterWrite() async throws {
        let store = try await TestStore.make()
        store.engine.holdWrites()
        let isReplied = Mutex(false)
        store.store.set(store.bucket, [1], to: NewValue(bytes: [])) { _ in isReplied.withLock { $0 = true } }
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        #expect(!isReplied.withLock { $0 })
        store.engine.releaseWrites()
        #expect(try await eventually { isReplied.withLock { $0 } })
        await store.store.close()
    }

    @Test("A command that throws leaves no trace, also where others of its group do")
    func rollback() async throws {
        let store = try await TestStore.make()
        let namespace = store.bucket
        await #expect(throws: StoreError.invalid("no")) {
            try await store.write { (transaction) throws(StoreError) in
                let bucket = try transaction.namespace(namespace)
                try transaction.set(bucket, Array("a".utf8), to: NewValue(bytes: [1]))
                throw .invalid("no")
            }
        }
        #expect(try store.get("a") == nil)
        try await store.set("a", "kept")
        await #expect(throws: StoreError.invalid("no")) {
            try await store.write { (transaction) throws(StoreError) in
                let bucket = try transaction.namespace(namespace)
                _ = try transaction.delete(bucket, Array("a".utf8))
                _ = try transaction.deleteNamespace(.bucket, namespace.name)
                throw .invalid("no")
            }
        }
        #expect(try store.get("a") == "kept")
        await store.store.close()
    }

    @Test("After a failed commit its outcome is unknown, and every later write is refused")
    func failedCommit() async throws {
        let store = try await TestStore.make()
        try await store.set("before", "1")
        store.engine.failNextWrite(with: StorageError(.failed, "fsync: input/output error"))
        await #expect(throws: StoreError.outcomeUnknown) { try await store.set("k", "1") }
        // The engine would take it, but nobody knows what it lacks.
        await #expect(throws: StoreError.readOnly) { try await store.set("k", "2") }
        await #expect(throws: StoreError.readOnly) { try await store.delete("before") }
        #expect(try store.get("before") == "1")
        await store.store.close()
    }

    @Test("A full disk refuses writes until there is room, and nothing is lost")
    func fullDisk() async throws {
        let store = try await TestStore.make()
        try await store.set("before", "1")
        store.engine.failWrites(with: StorageError(.outOfSpace, "no space left"))
        await #expect(throws: StoreError.diskFull) { try await store.set("k", "1") }
        #expect(try store.get("before") == "1")
        #expect(try store.get("k") == nil)
        // What frees space goes through.
        #expect(try await store.delete("before"))
        #expect(try store.get("before") == nil)
        store.engine.failWrites(with: nil)
        try await store.set("k", "2")
        #expect(try store.get("k") == "2")
        await store.store.close()
    }

    @Test("In one group on a full disk, what frees space is applied once and what takes some is refused")
    func mixedGroupOnFullDisk() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1")
        store.engine.holdWrites()
        async let held = Result { try await store.set("held", "1") }
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let set = Result { try await store.set("k", "1") }
        #expect(try await eventually { store.store.queuedCommandCount == 1 })
        async let deleted = store.delete("a")
        #expect(try await eventually { store.store.queuedCommandCount == 2 })
        async let deletedAgain = store.delete("a")
        #expect(try await eventually { store.store.queuedCommandCount == 3 })
        store.engine.failWrites(with: StorageError(.outOfSpace, "no space left"))
        store.engine.releaseWrites()
        // The one that was under way meets the full disk, too.
        #expect(await held.failure == StoreError.diskFull)
        #expect(await set.failure == StoreError.diskFull)
        #expect(try await deleted)
        #expect(try await !deletedAgain)
        #expect(try store.keys() == [])
        await store.store.close()
    }

    private static let full = StorageError(.outOfSpace, "no space left")

    /// Has three sets form one group behind a write that succeeds, and end as the outcomes of the engine's writes say.
    private func groupOfThree(
        _ store: TestStore, _ outcomes: [StorageError?]
    ) async throws -> [StoreError?] {
        store.engine.holdWrites()
        async let held = Result { try await store.set("held", "1") }
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let one = Result { try await store.set("one", "1") }
        async let two = Result { try await store.set("two", "1") }
        async let three = Result { try await store.set("three", "1") }
        #expect(try await eventually { store.store.queuedCommandCount == 3 })
        store.engine.endNextWrites(with: [nil] + outcomes)
        store.engine.releaseWrites()
        #expect(await held.failure == nil)
        return await [one.failure, two.failure, three.failure]
    }

    @Test("Of a group that does not fit, what fits is applied")
    func partOfGroup() async throws {
        let store = try await TestStore.make()
        // The group, its first half, its other half, and that one's two parts.
        let failures = try await groupOfThree(store, [Self.full, nil, Self.full, nil, Self.full])
        #expect(failures.filter { $0 == nil }.count == 2)
        #expect(failures.contains(.diskFull))
        #expect(try store.keys().count == 3)
        await store.store.close()
    }

    @Test("After a write that failed, nothing more is written of a group that did not fit")
    func failureOnFullDisk() async throws {
        let store = try await TestStore.make()
        let failures = try await groupOfThree(store, [Self.full, StorageError(.failed, "input/output error")])
        #expect(failures.filter { $0 == .outcomeUnknown }.count == 1)
        #expect(failures.filter { $0 == .readOnly }.count == 2)
        #expect(try store.keys() == ["held"])
        await store.store.close()
    }

    @Test("On a full disk a sync that is due may use the reserve")
    func syncOnFullDisk() async throws {
        let store = try await TestStore.make { $0.durability = .relaxed }
        try await store.set("k", "1")
        store.engine.failWrites(with: StorageError(.outOfSpace, "no space left"))
        let revision = try StoredRevision.newest(in: store.engine)
        #expect(try await eventually { store.store.newestDurableRevision == revision })
        await store.store.close()
    }

    @Test("Commands behind a disk that hangs are refused when their patience ends")
    func patience() async throws {
        let store = try await TestStore.make { $0.writerLimits.patience = .milliseconds(50) }
        store.engine.holdWrites()
        async let held = store.set("held", "1")
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        await #expect(throws: StoreError.busy) { try await store.set("k", "1") }
        store.engine.releaseWrites()
        _ = try await held
        #expect(try store.get("k") == nil)
        try await store.set("k", "2")
        await store.store.close()
    }

    @Test("A full queue refuses at once")
    func fullQueue() async throws {
        let store = try await TestStore.make { $0.writerLimits.queuedCommands = 1 }
        store.engine.holdWrites()
        async let held = store.set("held", "1")
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let queued = store.set("queued", "1")
        #expect(try await eventually { store.store.queuedCommandCount == 1 })
        await #expect(throws: StoreError.busy) { try await store.set("k", "1") }
        store.engine.releaseWrites()
        _ = try await (held, queued)
        await store.store.close()
    }

    @Test("Relaxed durability replies without a sync, and syncs soon after")
    func relaxed() async throws {
        let store = try await TestStore.make { $0.durability = .relaxed }
        try await store.set("k", "1")
        #expect(store.engine.writeCount > store.engine.durableWriteCount)
        #expect(try await eventually { store.engine.durableWriteCount > 0 })
        let revision = try StoredRevision.newest(in: store.engine)
        #expect(try await eventually { store.store.newestDurableRevision == revision })
        await store.store.close()
    }

    @Test("Closing commits what waits, syncs it and refuses what comes after", arguments: Durability.allCases)
    func closing(durability: Durability) async throws {
        let store = try await TestStore.make { $0.durability = durability }
        store.engine.holdWrites()
        async let first = store.set("first", "1")
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let waiting = store.set("waiting", "1")
        #expect(try await eventually { store.store.queuedCommandCount == 1 })
        async let closed: Void = store.store.close()
        let isRefused = Mutex(false)
        let refused = try await eventually {
            // Until it is being closed, it takes what comes.
            store.store.write(size: 1, { _ in () }) { result in
                if case .failure(.closed) = result { isRefused.withLock { $0 = true } }
            }
            return isRefused.withLock { $0 }
        }
        #expect(refused)
        store.engine.releaseWrites()
        let revisions = try await (first, waiting)
        await closed
        #expect(store.store.newestDurableRevision >= max(revisions.0, revisions.1))
    }

    @Test("Every command is answered, also those that come while the store is being closed")
    func answersWhileClosing() async throws {
        for _ in 0..<50 {
            let store = try await TestStore.make()
            let answers = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask { (try? await store.set("k\(number)", "1")) != nil || true }
                }
                group.addTask {
                    await store.store.close()
                    return true
                }
                return await group.reduce(into: 0) { count, _ in count += 1 }
            }
            #expect(answers == 21)
        }
    }

    @Test("Revisions go on where the store left off")
    func revisions() async throws {
        let engine = InMemoryEngine()
        let store = try await TestStore.make(engine: engine)
        let first = try await store.set("k", "1")
        let again = try KeyValueStore(engine: engine, garbage: Garbage(), logger: .silent)
        let second: Revision = try await withCheckedThrowingContinuation { continuation in
            again.set(store.bucket, [1], to: NewValue(bytes: [])) { continuation.resume(with: $0) }
        }
        #expect(second > first)
        await again.close()
    }
}
