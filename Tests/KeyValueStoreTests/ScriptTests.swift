import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

extension TestStore {
    @discardableResult
    fileprivate func setScript(_ name: String, _ source: String, if condition: Precondition = .none) async throws
        -> Revision
    {
        try await withCheckedThrowingContinuation { continuation in
            store.setScript(bucket.name, Array(name.utf8), to: Array(source.utf8), if: condition) {
                continuation.resume(with: $0)
            }
        }
    }

    fileprivate func deleteScript(_ name: String, if condition: Precondition = .none) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            store.deleteScript(bucket.name, Array(name.utf8), if: condition) { continuation.resume(with: $0) }
        }
    }

    fileprivate func source(_ name: String) throws -> String? {
        try store.script(try namespace, Array(name.utf8)).map { String(decoding: $0.source, as: UTF8.self) }
    }

    fileprivate var scriptNames: [String] {
        get throws { try store.scripts(try namespace).map { String(decoding: $0.name, as: UTF8.self) } }
    }
}

@Suite("Scripts in the store")
struct ScriptTests {
    @Test(
        "Scripts are written, listed in byte order, replaced and deleted, apart from keys and from what can be watched")
    func scripts() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        let first = try await store.setScript("b", "one")
        store.clock.advance(milliseconds: 5)
        try await store.setScript("a", "return 1\0\u{FF}")
        try await store.setScript("b", "three")
        let listed = try store.store.scripts(try store.namespace)
        #expect(listed.map(\.name) == [Array("a".utf8), Array("b".utf8)])
        #expect(listed.map(\.size) == [11, 5])
        #expect(listed.map(\.updated) == [store.clock.now, store.clock.now])
        let script = try #require(try store.store.script(try store.namespace, Array("b".utf8)))
        #expect(script.source == Array("three".utf8) && script.updated == store.clock.now)
        #expect(script.revision > first)
        #expect(try store.source("c") == nil)
        #expect(try store.keys() == [])
        #expect(try store.history(behind: start) == [])
        #expect(try await store.deleteScript("b"))
        #expect(try await !store.deleteScript("b"))
        #expect(try store.scriptNames == ["a"])
        // Another bucket's scripts are its own.
        try await store.createBucket("other")
        let other = try #require(try store.store.namespace(.bucket, Array("other".utf8)))
        #expect(try store.store.scripts(other) == [])
        await store.store.close()
    }

    @Test("A change is done where the script is at the version that it names")
    func conditions() async throws {
        let store = try await TestStore.make()
        let make = Precondition(ifNoneMatch: .any)
        let revision = try await store.setScript("a", "1", if: make)
        let refusal = await Result { try await store.setScript("a", "2", if: make) }.failure
        guard case .conditionFailed(let message, at: revision) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(message.hasPrefix("the script is at version \(revision)"))
        let match = Precondition(ifMatch: .listed([revision]))
        try await store.setScript("a", "2", if: match)
        await #expect(throws: StoreError.self) { try await store.setScript("a", "3", if: match) }
        await #expect(throws: StoreError.self) { try await store.deleteScript("a", if: match) }
        await #expect(throws: StoreError.self) { try await store.deleteScript("b", if: match) }
        #expect(try store.source("a") == "2")
        await store.store.close()
    }

    @Test("A bucket has so many scripts and no more, also where they come in one group")
    func count() async throws {
        let store = try await TestStore.make()
        for number in 0..<98 { try await store.setScript("s\(number)", "") }
        store.engine.holdWrites()
        async let held = store.set("held", "1")
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let results = withTaskGroup(of: StoreError?.self) { group in
            for number in 0..<5 {
                group.addTask { await Result { try await store.setScript("t\(number)", "") }.failure }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await eventually { store.store.queuedCommandCount == 5 })
        store.engine.releaseWrites()
        _ = try await held
        let failures = await results.compactMap { $0 }
        #expect(failures.count == 3)
        #expect(failures.allSatisfy { if case .invalid = $0 { true } else { false } })
        #expect(try store.scriptNames.count == 100)
        try await store.setScript("s0", "again")
        #expect(try await store.deleteScript("s1"))
        try await store.setScript("new", "")
        await #expect(throws: StoreError.self) { try await store.setScript("newer", "") }
        await store.store.close()
    }

    @Test("A bucket's scripts go with it", arguments: [1 << 20, 100])
    func deletion(garbageMin: Int) async throws {
        // Few are deleted one by one; many, as by this measure, are left to the engine.
        let store = try await TestStore.make { $0.sweep.garbageMin = garbageMin }
        let before = store.engine.recordCount
        for number in 0..<20 { try await store.setScript("s\(number)", "return \(number)") }
        #expect(store.engine.recordCount == before + 20)
        try await store.deleteBucket()
        await #expect(throws: StoreError.namespaceDeleted) { try await store.setScript("s", "") }
        await #expect(throws: StoreError.namespaceDeleted) { try await store.deleteScript("s0") }
        #expect(try await eventually { store.engine.recordCount == before })
        await store.store.close()
    }

    @Test("Scripts are there when the store is opened again, and one that can't be read is said to be so")
    func reopening() async throws {
        let engine = InMemoryEngine()
        let store = try await TestStore.make(engine: engine)
        try await store.setScript("a", "return 1")
        let again = TestStore(
            engine: engine, store: try KeyValueStore(engine: engine, garbage: Garbage(), logger: .silent),
            clock: TestClock())
        #expect(try again.source("a") == "return 1")
        var batch = WriteBatch()
        batch.put(KeyLayout.script(try again.namespace.id, Array("a".utf8)), [99])
        try engine.write(batch, durably: true)
        #expect(throws: StorageError.unreadableRecord) { try again.source("a") }
        #expect(throws: StorageError.unreadableRecord) { try again.scriptNames }
        await #expect(throws: StoreError.storage(.unreadableRecord)) {
            try await again.deleteScript("a", if: Precondition(ifMatch: .any))
        }
        try await again.setScript("a", "return 2")
        #expect(try again.source("a") == "return 2")
        await again.store.close()
    }
}
