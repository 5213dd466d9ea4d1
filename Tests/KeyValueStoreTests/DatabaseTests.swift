import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Databases in the store")
struct DatabaseTests {
    private let name = Array("books".utf8)

    private func make(keys: Int, name: String = "books") async throws -> TestStore {
        let store = try await TestStore.make()
        try await add(keys, to: name, in: store)
        return store
    }

    private func add(_ keys: Int, to name: String, in store: TestStore) async throws {
        try await store.write { (transaction) throws(StoreError) in
            let settings = NamespaceSettings(defaultTimeToLive: .forever)
            let database = try transaction.createNamespace(.database, Array(name.utf8), settings: settings)
            for number in 0..<keys {
                let record = Record(value: [1], type: .bytes, revision: transaction.revision)
                transaction.set(record, database, Array("key\(number)".utf8))
            }
        }
    }

    @discardableResult
    private func call<Value: Sendable>(
        _ body: (@escaping KeyValueStore.Completion<Value>) -> Void
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in body { continuation.resume(with: $0) } }
    }

    private func names(_ store: TestStore) throws -> [String] {
        try store.store.namespaces(.database).map { String(decoding: $0.name, as: UTF8.self) }
    }

    private func count(_ store: TestStore, _ name: String) throws -> Int {
        guard let database = try store.store.namespace(.database, Array(name.utf8)) else { return 0 }
        var count = 0
        try store.store.snapshot(of: database).scan(prefix: [], after: nil, reverse: false) { _, _ in
            count += 1
            return .next
        }
        return count
    }

    @Test("Databases are listed by name, apart from buckets, a page at a time where that is asked for")
    func listing() async throws {
        let store = try await make(keys: 0)
        try await add(0, to: "bucket", in: store)
        try await add(0, to: "c", in: store)
        #expect(try names(store) == ["books", "bucket", "c"])
        let page = try store.store.namespaces(.database, after: name, limit: 1)
        #expect(page.map(\.name) == [Array("bucket".utf8)])
        try await store.deleteBucket()
        #expect(try names(store) == ["books", "bucket", "c"])
        await store.store.close()
    }

    @Test("A deleted database's name is free at once, and what is made of it anew is empty")
    func deletion() async throws {
        let store = try await make(keys: 100)
        let before = store.engine.recordCount
        try await call { store.store.deleteNamespace(.database, name, completion: $0) }
        #expect(try names(store) == [])
        #expect(try await eventually { store.engine.recordCount <= before - 100 })
        try await add(0, to: "books", in: store)
        #expect(try count(store, "books") == 0)
        await #expect(throws: StoreError.namespaceNotFound) {
            try await call { store.store.deleteNamespace(.database, Array("none".utf8), completion: $0) }
        }
        await store.store.close()
    }

    @Test("An emptied database stays listed, without its keys and without what its sealed values were bound to")
    func emptying() async throws {
        let store = try await make(keys: 100)
        try await store.write { [name] (transaction) throws(StoreError) in
            try transaction.updateNamespace(.database, name) { $0.sealingSalt = .random() }
        }
        let before = try #require(try store.store.namespace(.database, name))
        #expect(before.settings.sealingSalt != nil)
        let gone = try await call {
            store.store.emptyNamespaces(.database, [name, Array("none".utf8)], completion: $0)
        }
        #expect(gone == [before.id])
        let after = try #require(try store.store.namespace(.database, name))
        #expect(after.id != before.id)
        #expect(after.settings.sealingSalt == nil)
        #expect(after.settings.defaultTimeToLive == .forever)
        #expect(try count(store, "books") == 0)
        await store.store.close()
    }

    @Test("A renamed database keeps its keys, its id and its salt, in one write")
    func renaming() async throws {
        let store = try await make(keys: 1000)
        let salt = SealingSalt.random()
        try await store.write { [name] (transaction) throws(StoreError) in
            try transaction.updateNamespace(.database, name) { $0.sealingSalt = salt }
        }
        let before = try #require(try store.store.namespace(.database, name))
        let newName = Array("novels".utf8)
        let (writes, records) = (store.engine.writeCount, store.engine.recordCount)
        try await call {
            store.store.renameNamespace(.database, name, to: newName, replacing: false, completion: $0)
        }
        #expect(store.engine.writeCount == writes + 1)
        #expect(store.engine.recordCount == records)
        let after = try #require(try store.store.namespace(.database, newName))
        #expect(after.id == before.id)
        #expect(after.settings.sealingSalt == salt)
        #expect(try names(store) == ["novels"])
        #expect(try count(store, "novels") == 1000)
        await store.store.close()
    }

    @Test("A name that is taken is replaced only where that is asked for")
    func replacing() async throws {
        let store = try await make(keys: 3)
        try await add(5, to: "novels", in: store)
        let newName = Array("novels".utf8)
        await #expect(throws: StoreError.namespaceExists) {
            try await call {
                store.store.renameNamespace(.database, name, to: newName, replacing: false, completion: $0)
            }
        }
        #expect(try count(store, "novels") == 5)
        try await call {
            store.store.renameNamespace(.database, name, to: newName, replacing: true, completion: $0)
        }
        #expect(try names(store) == ["novels"])
        #expect(try count(store, "novels") == 3)
        try await call {
            store.store.renameNamespace(.database, newName, to: newName, replacing: true, completion: $0)
        }
        #expect(try count(store, "novels") == 3)
        await store.store.close()
    }

    @Test("What changes in a database is told to nobody who watches buckets")
    func silence() async throws {
        let store = try await make(keys: 0)
        let before = store.store.history.start
        try await add(10, to: "quiet", in: store)
        try await store.set("key", "x")
        let namespaces = [
            try store.store.namespace(.bucket, store.bucket.name),
            try store.store.namespace(.database, Array("quiet".utf8)),
        ]
        let counts = try namespaces.map { namespace in
            var count = 0
            _ = try store.store.readHistory(of: try #require(namespace).id, behind: before, sizeMax: 1 << 20) { _ in
                count += 1
                return .next
            }
            return count
        }
        #expect(counts == [1, 0])
        await store.store.close()
    }

    @Test("Who reads a database reads on while it gets another name, and is cut off where it is emptied")
    func readingMeanwhile() async throws {
        let store = try await make(keys: 100)
        let snapshot = try #require(try store.store.snapshot(.database, name))
        func read() throws -> Int {
            var count = 0
            try snapshot.scan(prefix: [], after: nil, reverse: false) { _, _ in
                count += 1
                return .next
            }
            return count
        }
        let newName = Array("novels".utf8)
        try await call {
            store.store.renameNamespace(.database, name, to: newName, replacing: false, completion: $0)
        }
        #expect(try read() == 100)
        try await add(1, to: "books", in: store)
        #expect(try read() == 100)
        try await call { store.store.emptyNamespaces(.database, [newName], completion: $0) }
        #expect(throws: StoreError.namespaceDeleted) { try read() }
        await store.store.close()
    }

    @Test("A snapshot has the database as it is at its moment, with its salt")
    func snapshotOfSettings() async throws {
        let store = try await make(keys: 1)
        let missing = try store.store.snapshot(.database, Array("none".utf8))
        #expect(missing == nil)
        let before = try #require(try store.store.snapshot(.database, name))
        let salt = SealingSalt.random()
        try await store.write { [name] (transaction) throws(StoreError) in
            try transaction.updateNamespace(.database, name) { $0.sealingSalt = salt }
        }
        #expect(before.namespace.settings.sealingSalt == nil)
        #expect(try store.store.snapshot(.database, name)?.namespace.settings.sealingSalt == salt)
        await store.store.close()
    }
}
