import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Transactions")
struct TransactionTests {
    @Test("Operations apply in order, each seeing those before it, with one revision for all")
    func order() async throws {
        let store = try await TestStore.make()
        try await store.set("old", "x")
        let results = try await store.run([
            .get("a"), .set("a", "1"), .get("a"), .incr("a", 2), .get("a"), .delete("old"), .delete("old"),
            .set("old", "again"), .check("none", nil),
        ])
        let revision = try #require(try store.revision("a"))
        #expect(try store.revision("old") == revision)
        #expect(
            results == [
                "got nil", "set \(revision)", "got 1 \(revision)", "3 \(revision)", "got 3 \(revision)", "deleted true",
                "deleted false", "set \(revision)", "checked nil",
            ])
        #expect(try store.get("a") == "3")
        #expect(try await store.run([.check("a", revision)]) == ["checked \(revision)"])
        let next = try await store.set("b", "1")
        #expect(next.rawValue == revision.rawValue + 1)
        await store.store.close()
    }

    @Test("One operation that fails undoes all, and is named")
    func allOrNone() async throws {
        let store = try await TestStore.make()
        try await store.set("text", "abc")
        try await store.set("max", "9223372036854775807")
        try await store.set("kept", "1")
        try await store.set("gone", "1")
        for failing in [
            Transaction.Operation.incr("text", 1), .incr("max", 1), .check("kept", nil),
            .check("kept", Revision(rawValue: 99_999)), .check("missing", Revision(rawValue: 1)),
        ] {
            let error = await store.failure([.set("kept", "2"), .delete("gone"), .incr("new", 1), failing])
            switch (failing, error) {
            case (.check, .conditionFailed(let message, _)), (.increment, .invalid(let message)):
                #expect(message.hasPrefix("txn[3]: "))
            default:
                Issue.record("\(failing) ended with \(String(describing: error))")
            }
            #expect(try store.get("kept") == "1")
            #expect(try store.get("gone") == "1")
            #expect(try store.get("new") == nil)
        }
        await store.store.close()
    }

    @Test("A record that can't be read fails a get and an increment, and a set mends it")
    func unreadable() async throws {
        let store = try await TestStore.make()
        try await store.set("k", "1")
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        var batch = WriteBatch()
        batch.put(KeyLayout.record(namespace.id, Array("k".utf8)), [99] + [UInt8](repeating: 0, count: 30))
        try store.engine.write(batch, durably: true)
        for failing in [Transaction.Operation.get("k"), .incr("k", 1), .check("k", nil), .delete("k")] {
            #expect(await store.failure([.set("other", "1"), failing]) == .storage(.unreadableRecord))
            #expect(try store.get("other") == nil)
        }
        #expect(throws: StoreError.storage(.unreadableRecord)) { try store.read([.get("k")]) }
        _ = try await store.run([.set("k", "2"), .get("k")])
        #expect(try store.get("k") == "2")
        await store.store.close()
    }

    @Test("A transaction's keys live as long as it says, else as the bucket says")
    func timeToLive() async throws {
        let store = try await TestStore.make()
        let second = try #require(TimeToLive(seconds: 1))
        _ = try await store.run([
            .set(key: [1], NewValue(bytes: [], timeToLive: second)),
            .increment(key: [2], by: .integer(1), timeToLive: second), .set(key: [3], NewValue(bytes: [])),
        ])
        store.clock.advance(milliseconds: 999)
        #expect(try store.read([.get(key: [1]), .get(key: [2])]).allSatisfy { $0 != "got nil" })
        store.clock.advance(milliseconds: 1)
        #expect(
            try store.read([.get(key: [1]), .get(key: [2]), .check(key: [1], nil)]).prefix(2) == ["got nil", "got nil"])
        #expect(try store.keys() == ["\u{3}"])
        await store.store.close()
    }

    @Test("A key that is set until a time is gone at that millisecond, at once where it is past")
    func absoluteExpiry() async throws {
        let store = try await TestStore.make()
        let now = store.clock.now.milliseconds
        let until = { (key: String, time: Int64) in
            var value = NewValue(bytes: [])
            value.lifetime = .until(Timestamp(milliseconds: time))
            return Transaction.Operation.set(key: Array(key.utf8), value)
        }
        _ = try await store.set("past", "old")
        let results = try await store.run([until("a", now + 2), until("past", now), until("b", now + 1)])
        #expect(results.map { $0.hasPrefix("set") } == [true, false, true])
        #expect(results[1] == "expired")
        #expect(try store.keys() == ["a", "b"])
        store.clock.advance(milliseconds: 1)
        #expect(try store.keys() == ["a"])
        await store.store.close()
    }

    @Test("A set of what must be absent keeps a key that is there, also one of the same transaction")
    func onlyIfAbsent() async throws {
        let store = try await TestStore.make()
        let revision = try await store.set("there", "1")
        let ifAbsent = { (key: String) in
            Transaction.Operation.set(key: Array(key.utf8), NewValue(bytes: [50]), onlyIfAbsent: true)
        }
        let results = try await store.run([ifAbsent("there"), ifAbsent("new"), ifAbsent("new"), .get("there")])
        #expect(results[0] == "kept \(revision)" && results[3] == "got 1 \(revision)")
        #expect(results[1].hasPrefix("set") && results[2] == results[1].replacing("set", with: "kept"))
        #expect(try store.get("new") == "2")
        await store.store.close()
    }

    @Test(
        "What only reads sees the moment that it began at, and fails where the bucket is gone or something is to change"
    )
    func snapshots() async throws {
        let store = try await TestStore.make()
        let revision = try await store.set("a", "1")
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        #expect(try store.read([.get("a"), .check("a", revision), .check("b", nil)]).count == 3)
        #expect(throws: StoreError.self) { try store.read([.check("a", nil)]) }
        #expect(throws: StoreError.self) { try store.read([.set("a", "2")]) }
        let snapshot = try store.store.snapshot(of: namespace)
        try await store.set("a", "2")
        #expect(try snapshot.record(Array("a".utf8)) { Array($0.value) } == Array("1".utf8))
        try await store.deleteBucket()
        #expect(throws: StoreError.namespaceDeleted) { try snapshot.record(Array("a".utf8)) { _ in true } }
        let gone = Transaction([.get("a")], limits: .test)
        #expect(throws: StoreError.namespaceDeleted) { try store.store.read(gone, in: namespace) }
        #expect(await store.failure([.set("a", "1")]) == .namespaceDeleted)
        await store.store.close()
    }

    @Test("Values past the limit of one transaction are refused, in a snapshot and on the writer")
    func limits() async throws {
        let store = try await TestStore.make()
        try await store.set("k", String(repeating: "x", count: 60))
        let limits = Transaction.Limits(valueSize: 60, totalSize: 100)
        let one = Transaction([.get("k"), .set("n", "1")], limits: limits)
        #expect(try await store.run(one).count == 2)
        let two = Transaction([.get("k"), .set("n", "2"), .get("k")], limits: limits)
        await #expect(throws: StoreError.self) { try await store.run(two) }
        #expect(try store.get("n") == "1")
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        let reads = Transaction([.get("k"), .get("k")], limits: limits)
        #expect(throws: StoreError.self) { try store.store.read(reads, in: namespace) }
        #expect(Transaction([.get("k")], limits: limits).size >= 60)
        #expect(two.size < 100 + 3 * 140)
        await store.store.close()
    }

    @Test("On a full disk a transaction that only deletes goes through")
    func fullDisk() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1")
        store.engine.failWrites(with: StorageError(.outOfSpace, "no space left"))
        #expect(await store.failure([.delete("a"), .set("b", "1")]) == .diskFull)
        #expect(try await store.run([.delete("a"), .get("a")]) == ["deleted true", "got nil"])
        await store.store.close()
    }

    @Test("A name that allows it is made by what adds something, and only by that")
    func creation() async throws {
        let store = try await TestStore.make()
        let name = NamespaceName(.bucket, Array("new-bucket".utf8), isCreatedOnWrite: true)
        #expect(await store.failure([.delete("a"), .check("a", nil)], in: name) == .namespaceNotFound)
        guard case .conditionFailed = await store.failure([.set("a", "1"), .check("a", nil)], in: name) else {
            Issue.record("the check should have failed")
            return
        }
        #expect(try store.store.namespace(.bucket, name.name) == nil)
        #expect(await store.failure([.set("a", "1")], in: name) == nil)
        #expect(try store.store.namespace(.bucket, name.name) != nil)
        await store.store.close()
    }

    @Test("Transfers between counters keep their sum, and no reader sees half of one", .timeLimit(.minutes(2)))
    func transfers() async throws {
        let store = try await TestStore.make()
        let count = 100
        _ = try await store.run((0..<count).map { .set("c\($0)", "10") })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<50 {
                        let from = Int.random(in: 0..<count)
                        let amount = Int64.random(in: -5...5)
                        // Within a pair, so that a reader of both knows their sum.
                        _ = try await store.run([.incr("c\(from)", -amount), .incr("c\(from ^ 1)", amount)])
                    }
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<1000 {
                        let first = Int.random(in: 0..<count)
                        let values = try store.values([.get("c\(first)"), .get("c\(first ^ 1)")])
                        guard values.reduce(0, +) == 20 else { throw StoreError.invalid("saw \(values)") }
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
        let values = try store.values((0..<count).map { .get("c\($0)") })
        #expect(values.reduce(0, +) == 10 * count)
        #expect(Set(values).count > 1)
        await store.store.close()
    }
}

extension Transaction.Operation {
    static func set(_ key: String, _ value: String) -> Self {
        .set(key: Array(key.utf8), NewValue(bytes: Array(value.utf8)))
    }
    static func delete(_ key: String) -> Self { .delete(key: Array(key.utf8)) }
    static func incr(_ key: String, _ difference: Int64) -> Self {
        .increment(key: Array(key.utf8), by: .integer(difference), timeToLive: nil)
    }
    static func get(_ key: String) -> Self { .get(key: Array(key.utf8)) }
    static func check(_ key: String, _ revision: Revision?) -> Self { .check(key: Array(key.utf8), revision) }
}

extension Transaction.Limits {
    static let test = Transaction.Limits(valueSize: 1024, totalSize: 1 << 20)
}

extension Transaction.Result {
    /// What it says, for a test to compare.
    var text: String {
        switch self {
        case .set(let revision): "set \(revision)"
        case .expired: "expired"
        case .kept(let revision): "kept \(revision)"
        case .deleted(let wasThere): "deleted \(wasThere)"
        case .incremented(let number, let revision): "\(number.text) \(revision)"
        case .got(let value):
            value.map { "got \(String(decoding: $0.bytes, as: UTF8.self)) \($0.revision)" } ?? "got nil"
        case .checked(let revision): "checked \(revision.map { "\($0)" } ?? "nil")"
        }
    }
}

extension TestStore {
    func run(_ transaction: Transaction, in name: NamespaceName? = nil) async throws -> [Transaction.Result] {
        try await withCheckedThrowingContinuation { continuation in
            store.run(transaction, in: name ?? bucket) { continuation.resume(with: $0) }
        }
    }

    func run(_ operations: [Transaction.Operation]) async throws -> [String] {
        try await run(Transaction(operations, limits: .test)).map(\.text)
    }

    func failure(_ operations: [Transaction.Operation], in name: NamespaceName? = nil) async -> StoreError? {
        do {
            _ = try await run(Transaction(operations, limits: .test), in: name)
            return nil
        } catch {
            return error as? StoreError
        }
    }

    func read(_ operations: [Transaction.Operation]) throws -> [String] {
        guard let namespace = try store.namespace(.bucket, bucket.name) else { return [] }
        return try store.read(Transaction(operations, limits: .test), in: namespace).map(\.text)
    }

    func values(_ operations: [Transaction.Operation]) throws -> [Int] {
        try read(operations).map { text in
            let parts = text.split(separator: " ")
            return parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        }
    }

    func revision(_ key: String) throws -> Revision? {
        guard let namespace = try store.namespace(.bucket, bucket.name) else { return nil }
        return try store.record(namespace, Array(key.utf8)) { $0.revision }
    }
}
