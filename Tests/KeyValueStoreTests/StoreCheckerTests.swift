import Foundation
import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("A look at every record of a store")
struct StoreCheckerTests {
    /// A store with something of everything.
    private func makeStore() async throws -> TestStore {
        let store = try await TestStore.make()
        try await store.set("text", "Käse")
        try await store.set("later", "x", ttl: TimeToLive(seconds: 60))
        try await store.set("soon", "x", ttl: TimeToLive(milliseconds: 1))
        _ = try await store.increment("count", by: "2")
        _ = try await store.delete("text")
        try await store.set("text", "Brot")
        try await store.write { (transaction) throws(StoreError) in
            _ = try transaction.createNamespace(.database, Array("db".utf8), settings: NamespaceSettings())
        }
        try await store.createBucket("other")
        return store
    }

    private func check(_ store: TestStore, acknowledged: Revision? = nil) -> StoreReport {
        StoreChecker(store.engine, now: store.clock.now, isJSON: Self.isJSON).check(acknowledged: acknowledged)
    }

    private static func isJSON(_ text: UnsafeRawBufferPointer) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
    }

    private func texts(_ report: StoreReport) -> [String] { report.problems.map { "\($0.place): \($0.text)" } }

    private func id(_ store: TestStore, _ kind: Namespace.Kind, _ name: String) throws -> NamespaceID {
        try #require(try store.store.namespace(kind, Array(name.utf8))).id
    }

    @Test("A store that is sound has no problems, and all of it is counted")
    func sound() async throws {
        let store = try await makeStore()
        let database = try id(store, .database, "db")
        try store.put(
            KeyLayout.record(database, Array("k".utf8)),
            Record(
                value: try StoredValue(.json(Array("[1]".utf8)), compressing: false, seal: nil, key: []).bytes,
                type: .bytes, revision: Revision(rawValue: 1)))
        let bucket = try id(store, .bucket, "bucket")
        let script = Script(source: Array("return 1".utf8), updated: store.clock.now, revision: Revision(rawValue: 2))
        try store.engine.put(KeyLayout.script(bucket, Array("s".utf8)).bytes, script.encoded())
        store.clock.advance(milliseconds: 1)
        let report = check(store, acknowledged: store.store.changes.revision)
        #expect(texts(report) == [])
        #expect((report.buckets, report.databases, report.keys, report.scripts) == (2, 1, 5, 1))
        #expect(report.expiredKeys <= 1)
        #expect(report.changes > 4)
        #expect(report.revision == "\(store.store.changes.revision)")
        await store.store.close()
    }

    @Test("What a deleted bucket left is garbage and no problem")
    func deleted() async throws {
        let store = try await makeStore()
        let bucket = try id(store, .bucket, "bucket")
        try await store.deleteBucket()
        // Its few records go at once, and with the last the note of it. Here are both again, as of a large one.
        #expect(try await eventually { try store.engine.records(in: KeyLayout.goneNamespaces).isEmpty })
        try store.engine.put(KeyLayout.goneNamespace(bucket).bytes, [])
        try store.put(
            KeyLayout.record(bucket, Array("left".utf8)),
            Record(value: [], type: .bytes, revision: Revision(rawValue: 1)))
        let report = check(store)
        #expect(texts(report) == [])
        #expect(report.garbage >= 1)
        await store.store.close()
    }

    /// A record that is damaged in one way, and what is told of it.
    struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        let expected: String
        let apply: @Sendable (TestStore) throws -> Void

        var testDescription: String { name }
    }

    private static func record(
        _ name: String, _ expected: String, of kind: Namespace.Kind = .bucket,
        _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) -> Damage {
        Damage(name: name, expected: expected) { store in
            let namespace = try #require(
                try store.store.namespace(kind, Array((kind == .bucket ? "bucket" : "db").utf8)))
            var bytes = Record(value: Array("value".utf8), type: .bytes, revision: Revision(rawValue: 1)).encoded()
            change(&bytes)
            try store.engine.put(KeyLayout.record(namespace.id, Array("bad".utf8)).bytes, bytes)
        }
    }

    private static func raw(_ name: String, _ expected: String, _ key: Key, _ value: [UInt8]) -> Damage {
        Damage(name: name, expected: expected) { store in try store.engine.put(key.bytes, value) }
    }

    static let damages: [Damage] = [
        record("a short record", "bucket bucket, key bad: its record is of no known format") { $0 = [1, 2] },
        record("a record of another format", "its record is of no known format") { $0[0] = 9 },
        record("a record of an unknown type", "its record is of no known format") { $0[1] = 9 },
        record("unknown flags", "it has unknown flags") { $0[2] |= 2 },
        record("text that is said to be none", "its value is UTF-8, unlike its record says") { $0[2] = 0 },
        record("no text that is said to be some", "its value is not UTF-8, as its record says") { $0[20] = 0xFF },
        record("no number that is said to be one", "its value is not the number that its record says") { $0[1] = 1 },
        record("no JSON that is said to be some", "its value is not JSON, as its record says") { $0[1] = 2 },
        record("a revision that was not given yet", "is not one of the store's") { $0[4] = 1 },
        record("no revision", "its revision 0 is not one of the store's") { $0[11] = 0 },
        record("a database's value of no format", "database db, key bad: its value can't be read", of: .database) { _ in
        },
        Damage(name: "records of nobody", expected: "it has records of id 999, which no bucket or database has") {
            store in
            try store.engine.put(KeyLayout.record(NamespaceID(rawValue: 999), [1]).bytes, [])
        },
        Damage(name: "two of one id", expected: "it has the same id as bucket bucket") { store in
            let namespace = try #require(try store.store.namespace(.bucket, Array("bucket".utf8)))
            try store.engine.put(KeyLayout.namespace(.bucket, Array("twin".utf8)).bytes, namespace.encoded())
        },
        Damage(name: "a live one that is noted as deleted", expected: "is noted as deleted") { store in
            let namespace = try #require(try store.store.namespace(.bucket, Array("other".utf8)))
            try store.engine.put(KeyLayout.goneNamespace(namespace.id).bytes, [])
        },
        raw(
            "a namespace that can't be read", "bucket odd: its record can't be read",
            KeyLayout.namespace(.bucket, Array("odd".utf8)), [1, 99]),
        raw(
            "a namespace of no kind", "one is of a kind that is not known", Key([1, 77, 65]), [1]),
        raw("a note that can't be read", "the notes of what was deleted: one can't be read", Key([2, 1]), []),
        raw(
            "a note of an id that was not given", "its id 999 was not given yet",
            KeyLayout.goneNamespace(NamespaceID(rawValue: 999)), []),
        raw("no next id", "the id of its next bucket or database is no number", KeyLayout.nextNamespaceID, [1]),
        raw("an unknown field", "it has a field that is not known: odd", Key([0] + Array("odd".utf8)), []),
        raw("an unknown kind of record", "it has a record of a kind that is not known: 9", Key([9]), []),
        raw(
            "a script of nobody", "script s: it is of id 999, which no bucket has",
            KeyLayout.script(NamespaceID(rawValue: 999), Array("s".utf8)), []),
        Damage(
            name: "a script that can't be read", expected: "bucket bucket, script s: its record is of no known format"
        ) { store in
            let namespace = try #require(try store.store.namespace(.bucket, Array("bucket".utf8)))
            try store.engine.put(KeyLayout.script(namespace.id, Array("s".utf8)).bytes, [7])
        },
        raw("a newest revision that is none", "its newest revision is no number", KeyLayout.revision, [1]),
        raw(
            "a newest revision that is too old", "is not one of the store's", KeyLayout.revision,
            [0, 0, 0, 0, 0, 0, 0, 1]),
        history("a page of no format", "it is of no known format") { _, page in page[0] = 9 },
        history("a page that is cut", "it can't be read to its end") { _, page in page.removeLast(3) },
        history("a page whose total is another", "a page before it is missing") { _, page in page[8] ^= 1 },
        history("a page under another place", "it does not end with the change that its key says") { key, _ in
            key[12] ^= 1
        },
        history("a change whose record is of another revision", "is of another revision than its change") { _, page in
            let start = page.count - Record(value: Array("Brot".utf8), type: .bytes, revision: .zero).encoded().count
            page[start + 11] ^= 1
        },
    ]

    /// Changes the page that tells of "Brot".
    private static func history(
        _ name: String, _ expected: String, _ change: @escaping @Sendable (inout [UInt8], inout [UInt8]) -> Void
    ) -> Damage {
        Damage(name: name, expected: expected) { store in
            var found: (key: [UInt8], page: [UInt8])?
            try store.engine.scan(KeyLayout.history, reverse: false, fillingCache: false) { key, page in
                if Data(page).range(of: Data("Brot".utf8)) != nil { found = (Array(key), Array(page)) }
                return .next
            }
            var (key, page) = try #require(found)
            try store.engine.delete(key)
            change(&key, &page)
            try store.engine.put(key, page)
        }
    }

    @Test("Each damage is found, and told of with its place", arguments: damages)
    func finds(_ damage: Damage) async throws {
        let store = try await makeStore()
        #expect(texts(check(store)) == [])
        try damage.apply(store)
        let report = check(store)
        #expect(texts(report).contains { $0.contains(damage.expected) }, "\(texts(report))")
        await store.store.close()
    }

    @Test("A signing key that another secret sealed is a problem")
    func signingKey() async throws {
        let store = try await makeStore()
        let secret = try #require(ServerSecret([UInt8](repeating: 1, count: 32)))
        var settings = NamespaceSettings()
        try settings.accessKeys.setSigning(Array("a key that signs".utf8), with: secret)
        try await store.createBucket("signed", settings: settings)
        func texts(with secret: ServerSecret?) -> [String] {
            self.texts(
                StoreChecker(store.engine, secret: secret, now: store.clock.now, isJSON: Self.isJSON).check())
        }
        #expect(texts(with: secret) == [])
        #expect(texts(with: nil) == [])
        let other = texts(with: ServerSecret([UInt8](repeating: 2, count: 32)))
        #expect(other.count == 1 && other[0].hasPrefix("bucket signed: its signing key can't be opened"))
        await store.store.close()
    }

    @Test("Commits that were acknowledged and are not there are a problem")
    func acknowledged() async throws {
        let store = try await makeStore()
        let next = store.store.changes.revision.next
        #expect(texts(check(store, acknowledged: next)).contains { $0.contains("revision \(next) was acknowledged") })
        await store.store.close()
    }
}

extension TestStore {
    fileprivate func put(_ key: Key, _ record: Record) throws {
        try engine.put(key.bytes, record.encoded())
    }
}
