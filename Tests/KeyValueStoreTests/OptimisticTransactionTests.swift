import Storage
import StorageTesting
import Synchronization
import Testing

@testable import KeyValueStore

extension OptimisticLimits {
    static let test = OptimisticLimits(reads: 1000, writes: 1000, size: 1 << 20)
}

extension TestStore {
    func begin(_ limits: OptimisticLimits = .test) throws -> OptimisticTransaction {
        return try store.beginTransaction(in: try namespace, limits: limits)
    }

    /// Puts a record there that can't be read.
    func damage(_ key: String) throws {
        var batch = WriteBatch()
        batch.put(KeyLayout.record(try namespace.id, Array(key.utf8)), [99] + [UInt8](repeating: 0, count: 30))
        try engine.write(batch, durably: true)
    }

    /// Puts records there that have expired and that nobody else knows of.
    func putExpired(_ prefix: String, _ count: Int) throws {
        var batch = WriteBatch()
        let record = Record(
            value: [], type: .bytes, expiry: Timestamp(milliseconds: 1), revision: Revision(rawValue: 1))
        for number in 0..<count {
            batch.put(KeyLayout.record(try namespace.id, Array("\(prefix)\(number)".utf8)), record.encoded())
        }
        try engine.write(batch, durably: true)
    }
}

extension OptimisticTransaction {
    /// - Returns: why nothing was written; nil where all was.
    func commit() async -> StoreError? {
        await withCheckedContinuation { continuation in
            commit { continuation.resume(returning: $0.failure) }
        }
    }

    /// As `commit`, for one whose end is not waited for.
    func commitLater() -> CommitOutcome {
        let outcome = CommitOutcome()
        commit { outcome.set($0) }
        return outcome
    }

    func get(_ key: String) throws -> String? {
        try get(Array(key.utf8)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    func set(_ key: String, _ value: String, ttl: TimeToLive? = nil) throws {
        try set(Array(key.utf8), to: NewValue(bytes: Array(value.utf8), timeToLive: ttl))
    }

    @discardableResult
    func increment(_ key: String, by difference: Int64 = 1) throws -> String {
        try increment(Array(key.utf8), by: .integer(difference)).text
    }

    @discardableResult
    func delete(_ key: String) throws -> Bool { try delete(Array(key.utf8)) }

    /// The listed keys, as `key` or `key=value`.
    func list(_ query: ListedRange) throws -> [String] {
        try list(
            prefix: Array(query.prefix.utf8), after: query.after.map { Array($0.utf8) }, reverse: query.reverse,
            skip: query.skip, limit: query.limit, withValues: query.withValues
        ).map { key, value in
            String(decoding: key, as: UTF8.self) + (value.map { "=" + String(decoding: $0.bytes, as: UTF8.self) } ?? "")
        }
    }
}

extension Result where Success == Void, Failure == StoreError {
    var failure: StoreError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

/// How a commit ended, once it has.
final class CommitOutcome: Sendable {
    private let result = Mutex<Result<Void, StoreError>?>(nil)

    var hasEnded: Bool { result.withLock { $0 != nil } }
    var failure: StoreError? { result.withLock { $0?.failure } }

    func set(_ result: Result<Void, StoreError>) {
        self.result.withLock { $0 = result }
    }
}

/// What a list is asked for.
struct ListedRange: Sendable {
    var prefix = ""
    var after: String?
    var reverse = false
    var skip = 0
    var limit = Int.max
    var withValues = false

    /// What it gives of these keys.
    func list(_ model: [String: String]) -> [String] {
        let keys = model.keys.filter { key in
            guard key.hasPrefix(prefix) else { return false }
            guard let after else { return true }
            return reverse ? key < after : key > after
        }
        let sorted = reverse ? keys.sorted(by: >) : keys.sorted()
        return sorted.dropFirst(skip).prefix(limit).map { withValues ? "\($0)=\(model[$0] ?? "")" : $0 }
    }
}

@Suite("Optimistic transactions")
struct OptimisticTransactionTests {
    @Test("A transaction sees the moment that it began at and its own writes, which nobody else sees before its commit")
    func isolation() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1")
        let transaction = try store.begin()
        try await store.set("b", "later")
        #expect(try transaction.get("b") == nil)
        try transaction.set("a", "2")
        #expect(try transaction.get("a") == "2")
        #expect(try transaction.increment("a", by: 5) == "7")
        #expect(try transaction.delete("a"))
        #expect(try !transaction.delete("a"))
        #expect(try transaction.get("a") == nil)
        #expect(try transaction.increment("a") == "1")
        #expect(try transaction.list(ListedRange(withValues: true)) == ["a=1"])
        #expect(try store.get("a") == "1")
        // It has read that there was no b.
        #expect(await transaction.commit() == .conflict)
        #expect(try store.get("a") == "1")

        let again = try store.begin()
        try again.set("a", "3")
        try again.set("c", "4")
        #expect(try again.delete("b"))
        #expect(await again.commit() == nil)
        #expect(try store.keys() == ["a", "c"])
        #expect(try store.revision("a") == store.revision("c"))
        await store.store.close()
    }

    @Test("A value, its type, its content type and its time to live are as the writer makes them, and so are refusals")
    func values() async throws {
        let store = try await TestStore.make()
        let second = try #require(TimeToLive(seconds: 1))
        let html = NewValue(bytes: Array("5".utf8), contentType: .explicit(Array("text/html".utf8)))
        for isPlain in [true, false] {
            if isPlain {
                _ = try await store.run([
                    .set(key: [1], html), .increment(key: [1], by: .integer(1), timeToLive: second),
                    .set(key: [2], NewValue(bytes: Array("007".utf8))),
                ])
            } else {
                let transaction = try store.begin()
                try transaction.set([1], to: html)
                #expect(try transaction.increment([1], by: .integer(1), timeToLive: second) == .integer(6))
                #expect(try transaction.get([1])?.type == .number)
                try transaction.set([2], to: NewValue(bytes: Array("007".utf8)))
                #expect(try transaction.get([2])?.type == .bytes)
                #expect(await transaction.commit() == nil)
            }
            let namespace = try store.namespace
            let record = try store.store.record(namespace, [1]) { record in
                #expect(record.type == .number && Array(record.contentType) == Array("text/html".utf8))
                #expect(record.expiry == store.clock.now.advanced(by: second))
                return String(decoding: record.value, as: UTF8.self)
            }
            #expect(record == "6")
            let week = store.clock.now.advanced(by: TimeToLive.bucketDefault)
            #expect(try store.store.record(namespace, [2]) { $0.expiry } == .some(week))
        }
        let transaction = try store.begin()
        try transaction.set("text", "abc")
        try transaction.set("max", "9223372036854775807")
        for key in ["text", "max"] {
            let plain = try await #require(
                store.failure([.set("text", "abc"), .set("max", Int64.max.description), .incr(key, 1)]))
            guard case .invalid(let message) = plain else { continue }
            #expect(throws: OptimisticError.store(.invalid(String(message.dropFirst("txn[2]: ".count))))) {
                try transaction.increment(key)
            }
        }
        #expect(await transaction.commit() == nil)
        #expect(try store.get("max") == "9223372036854775807")
        await store.store.close()
    }

    /// A read, a change that another makes after it, and whether the two conflict.
    struct Interference: Sendable, CustomTestStringConvertible {
        let read: ListedRange?
        let key: String
        let change: Transaction.Operation
        let conflicts: Bool

        static func get(_ key: String, _ change: Transaction.Operation, _ conflicts: Bool) -> Interference {
            Interference(read: nil, key: key, change: change, conflicts: conflicts)
        }

        static func list(_ range: ListedRange, _ change: Transaction.Operation, _ conflicts: Bool) -> Interference {
            Interference(read: range, key: "", change: change, conflicts: conflicts)
        }

        var testDescription: String { "\(read.map { "\($0)" } ?? key), \(change)" }
    }

    @Test(
        "A commit fails where what was read has changed, and only there, whoever changed it",
        arguments: [
            .get("b", .set("b", "1"), true), .get("b", .delete("b"), true), .get("z", .set("z", "1"), true),
            .get("b", .set("c", "1"), false), .get("z", .delete("y"), false),
            // Of the keys b, d, f and h.
            .list(ListedRange(), .set("c", "1"), true), .list(ListedRange(), .delete("d"), true),
            .list(ListedRange(), .set("d", "1"), false), .list(ListedRange(withValues: true), .set("d", "1"), true),
            .list(ListedRange(prefix: "d"), .set("e", "1"), false),
            .list(ListedRange(prefix: "d"), .set("dd", "1"), true),
            .list(ListedRange(limit: 2), .set("e", "1"), false), .list(ListedRange(limit: 2), .set("c", "1"), true),
            .list(ListedRange(limit: 2), .set("a", "1"), true), .list(ListedRange(limit: 2), .delete("f"), false),
            .list(ListedRange(limit: 4), .set("i", "1"), false), .list(ListedRange(limit: 5), .set("i", "1"), true),
            .list(ListedRange(skip: 2, limit: 1), .delete("b"), true),
            .list(ListedRange(skip: 2, limit: 1), .set("g", "1"), false),
            .list(ListedRange(reverse: true, limit: 2), .set("e", "1"), false),
            .list(ListedRange(reverse: true, limit: 2), .set("g", "1"), true),
            .list(ListedRange(reverse: true, limit: 2), .set("i", "1"), true),
            .list(ListedRange(after: "d"), .set("c", "1"), false), .list(ListedRange(after: "d"), .set("e", "1"), true),
            .list(ListedRange(after: "d", reverse: true), .set("e", "1"), false),
            .list(ListedRange(after: "d", reverse: true), .set("a", "1"), true),
            .list(ListedRange(prefix: "x"), .set("xx", "1"), true), .list(ListedRange(limit: 0), .set("a", "1"), false),
        ] as [Interference])
    func conflicts(_ interference: Interference) async throws {
        for isOptimistic in [false, true] {
            let store = try await TestStore.make()
            for key in ["b", "d", "f", "h"] { try await store.set(key, "0") }
            let transaction = try store.begin()
            if let range = interference.read {
                _ = try transaction.list(range)
            } else {
                _ = try transaction.get(interference.key)
            }
            try transaction.set("blind", "1")
            let other = try store.begin()
            switch interference.change {
            case .set(let key, let value, _): try other.set(key, to: value)
            case let change: _ = try other.delete(change.key)
            }
            // Both ways to find out: by what is pending, and by what is stored.
            if isOptimistic { store.engine.holdWrites() }
            let outcome = isOptimistic ? other.commitLater() : nil
            if !isOptimistic { _ = try await store.run([interference.change]) }
            let last = transaction.commitLater()
            if isOptimistic, interference.conflicts { #expect(last.hasEnded) }
            store.engine.releaseWrites()
            #expect(try await eventually { last.hasEnded && outcome?.hasEnded ?? true })
            #expect(last.failure == (interference.conflicts ? .conflict : nil))
            #expect(outcome?.failure == nil)
            #expect(try (store.get("blind") == nil) == interference.conflicts)
            await store.store.close()
        }
    }

    @Test("A key that is only set conflicts with nobody, and one that expires before the commit does")
    func blindAndExpired() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1", ttl: TimeToLive(seconds: 1))
        let blind = try store.begin()
        try blind.set("a", "2")
        let (reader, lister) = (try store.begin(), try store.begin())
        #expect(try reader.get("a") == "1")
        #expect(try lister.list(ListedRange()) == ["a"])
        for transaction in [reader, lister] { try transaction.set("b", "1") }
        store.clock.advance(milliseconds: 1000)
        #expect(await reader.commit() == .conflict)
        #expect(await lister.commit() == .conflict)
        try await store.set("a", "3")
        #expect(await blind.commit() == nil)
        #expect(try store.get("a") == "2")
        await store.store.close()
    }

    @Test(
        "What reads and writes nothing needs no writer; what writes nothing answers for what it read, without its writes"
    )
    func withoutWrites() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1")
        let reader = try store.begin()
        #expect(try reader.get("a") == "1")
        let discarding = try store.begin()
        #expect(try discarding.increment("a") == "2")
        discarding.discardWrites()
        #expect(!discarding.hasWrites)
        #expect(try discarding.get("a") == "1")
        store.engine.holdWrites()
        let held = try store.begin()
        try held.set("a", "2")
        let outcome = held.commitLater()
        #expect(await reader.commit() == nil)
        #expect(await discarding.commit() == nil)
        // It has read what is not yet on disk.
        let dependent = try store.begin()
        #expect(try dependent.get("a") == "2")
        let late = dependent.commitLater()
        #expect(!late.hasEnded && !outcome.hasEnded)
        store.engine.releaseWrites()
        #expect(try await eventually { late.hasEnded })
        #expect(late.failure == nil && outcome.failure == nil)
        await store.store.close()
    }

    @Test("Each limit ends a transaction where it is passed")
    func limits() async throws {
        let store = try await TestStore.make()
        for key in ["a", "b", "c"] { try await store.set(key, "0123456789") }
        let reads = OptimisticLimits(reads: 3, writes: 10, size: 1 << 10)
        let lists = try store.begin(reads)
        try lists.set("b", "own")
        #expect(lists.remainingReads == 3)
        #expect(try lists.list(ListedRange(skip: 2)) == ["c"])
        #expect(lists.remainingReads == 0)
        #expect(throws: OptimisticError.tooManyReads) { try lists.get("a") }
        let empty = try store.begin(reads)
        for _ in 0..<3 { #expect(try empty.list(ListedRange(prefix: "x")) == []) }
        #expect(throws: OptimisticError.tooManyReads) { try empty.list(ListedRange(prefix: "x")) }
        let walk = try store.begin(reads)
        try walk.increment("n")
        #expect(throws: OptimisticError.tooManyReads) { try walk.list(ListedRange()) }
        let writes = try store.begin(OptimisticLimits(reads: 10, writes: 2, size: 1 << 10))
        try writes.set("a", "1")
        try writes.delete("a")
        #expect(throws: OptimisticError.tooManyWrites) { try writes.set("a", "2") }
        #expect(throws: OptimisticError.tooManyWrites) { try writes.increment("n") }
        let size = try store.begin(OptimisticLimits(reads: 10, writes: 10, size: 12))
        #expect(try size.list(ListedRange(limit: 1, withValues: true)) == ["a=0123456789"])
        #expect(throws: OptimisticError.tooLarge) { try size.list(ListedRange(limit: 2, withValues: true)) }
        for _ in 0..<3 { try size.set("k", "0123456789") }
        #expect(throws: OptimisticError.tooLarge) { try size.set("l", "0") }
        #expect(await size.commit() == nil)
        #expect(try store.get("k") == "0123456789")
        await store.store.close()
    }

    @Test("A walk over very many expired records ends, and one over some finds what is behind them")
    func expiredRecords() async throws {
        let store = try await TestStore.make { $0.sweep.interval = .seconds(3600) }
        let second = try #require(TimeToLive(seconds: 1))
        _ = try await store.run(
            (10..<43).map { .set(key: Array("a\($0)".utf8), NewValue(bytes: [], timeToLive: second)) })
        try await store.set("b", "1")
        // Nobody deletes them meanwhile.
        store.engine.holdWrites()
        store.clock.advance(milliseconds: 1000)
        let one = try store.begin(OptimisticLimits(reads: 1, writes: 1, size: 100))
        #expect(throws: OptimisticError.tooManyReads) { try one.list(ListedRange()) }
        let two = try store.begin(OptimisticLimits(reads: 2, writes: 1, size: 100))
        #expect(try two.list(ListedRange()) == ["b"])
        // They count in all lists together.
        #expect(throws: OptimisticError.tooManyReads) { try two.list(ListedRange()) }
        #expect(two.remainingReads == 1)
        store.engine.releaseWrites()
        await store.store.close()
    }

    @Test(
        "The writer goes over hardly more expired records than a list did",
        arguments: [(16, nil), (17, .conflict)] as [(Int, StoreError?)])
    func expiredSince(count: Int, failure: StoreError?) async throws {
        let store = try await TestStore.make { $0.sweep.interval = .seconds(3600) }
        try store.putExpired("a", 20)
        let transaction = try store.begin()
        #expect(try transaction.list(ListedRange(prefix: "a")) == [])
        try transaction.set("b", "1")
        try store.putExpired("aa", count)
        // Or it would look at none.
        try await store.set("c", "1")
        #expect(await transaction.commit() == failure)
        await store.store.close()
    }

    @Test(
        "What was read is looked at again where anything in its namespace may have changed, and only there",
        arguments: Meanwhile.allCases)
    func secondLook(meanwhile: Meanwhile) async throws {
        let store = try await TestStore.make()
        try await store.createBucket("other")
        try await store.set("a", "1")
        let transaction = try store.begin()
        #expect(try transaction.get("a") == "1")
        #expect(try transaction.list(ListedRange(prefix: "a")) == ["a"])
        try transaction.set("b", "1")
        // By which it shows whether the writer looks.
        try store.damage("aa")
        store.engine.holdWrites()
        async let held: Void = store.write { (transaction) throws(StoreError) in
            let other = try transaction.namespace(.bucket, Array("other".utf8))
            try transaction.set(other, Array("a".utf8), to: NewValue(bytes: []))
        }
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let change: Void = meanwhile.happen(to: store)
        #expect(try await eventually { meanwhile.isQueued ? store.store.queuedCommandCount == 1 : true })
        if meanwhile == .clockSetBack { store.clock.advance(milliseconds: -1) }
        let outcome = transaction.commitLater()
        store.engine.releaseWrites()
        try await held
        await change
        #expect(try await eventually { outcome.hasEnded })
        #expect(outcome.failure == (meanwhile.isLookedAt ? .storage(.unreadableRecord) : nil))
        await store.store.close()
    }

    /// What becomes of the store between a transaction's reads and its commit, in the group of the commit.
    enum Meanwhile: CaseIterable {
        case nothing
        case change
        case failedChange
        case clockSetBack

        var isQueued: Bool { self == .change || self == .failedChange }
        var isLookedAt: Bool { self == .change || self == .clockSetBack }

        func happen(to store: TestStore) async {
            switch self {
            case .nothing, .clockSetBack: break
            case .change: _ = await store.failure([.set("z", "1")])
            case .failedChange: _ = await store.failure([.set("z", "text"), .incr("z", 1)])
            }
        }
    }

    @Test("Of a namespace whose newest change is forgotten, a later one is told, never an earlier one")
    func forgottenRevisions() {
        let ids = (1...3).map { NamespaceID(rawValue: $0) }
        let revisions = NamespaceRevisions(capacity: 2, lastRevision: Revision(rawValue: 5))
        func noted() -> [UInt64] { ids.map { revisions.revision(of: $0).rawValue } }
        #expect(noted() == [5, 5, 5])
        revisions.note([ids[0]], Revision(rawValue: 6))
        revisions.note([ids[1]], Revision(rawValue: 7))
        revisions.note([ids[0]], Revision(rawValue: 8))
        #expect(noted() == [8, 7, 5])
        revisions.note([ids[2]], Revision(rawValue: 9))
        #expect(noted() == [9, 9, 9])
    }

    @Test("A record that can't be read is said to be so, and a set mends it")
    func unreadable() async throws {
        let store = try await TestStore.make()
        try store.damage("a")
        let transaction = try store.begin()
        #expect(throws: OptimisticError.store(.storage(.unreadableRecord))) { try transaction.get("a") }
        #expect(throws: OptimisticError.store(.storage(.unreadableRecord))) { try transaction.list(ListedRange()) }
        let other = try store.begin()
        #expect(try other.list(ListedRange(prefix: "b")) == [])
        try other.set("a", "1")
        try store.damage("b")
        try await store.set("c", "1")
        #expect(await other.commit() == .storage(.unreadableRecord))
        try transaction.set("a", "2")
        #expect(await transaction.commit() == nil)
        #expect(try store.get("a") == "2")
        await store.store.close()
    }

    @Test(
        "A bucket that is deleted, a full disk and a store that is being closed end a transaction as any other change")
    func refusals() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1")
        try await store.set("b", "1")
        let (reading, blind, closed) = (try store.begin(), try store.begin(), try store.begin())
        for transaction in [reading, closed] { #expect(try transaction.get("a") == "1") }
        for transaction in [reading, blind, closed] { try transaction.set("c", "1") }
        store.engine.failWrites(with: StorageError(.outOfSpace, "no space left"))
        #expect(await blind.commit() == .diskFull)
        let deleting = try store.begin()
        try deleting.delete("b")
        #expect(await deleting.commit() == nil)
        store.engine.failWrites(with: nil)
        #expect(try store.keys() == ["a"])
        try await store.deleteBucket()
        #expect(await reading.commit() == .namespaceDeleted)
        #expect(throws: OptimisticError.store(.namespaceDeleted)) { try reading.get("b") }
        #expect(throws: OptimisticError.store(.namespaceDeleted)) { try reading.list(ListedRange()) }
        await store.store.close()
        #expect(await closed.commit() == .closed)
    }

    @Test("A database that was emptied since is another one")
    func emptied() async throws {
        let store = try await TestStore.make()
        let name = NamespaceName(.database, Array("d".utf8), isCreatedOnWrite: true)
        #expect(await store.failure([.set("a", "1")], in: name) == nil)
        let namespace = try #require(try store.store.namespace(.database, name.name))
        let (reading, blind) = (
            try store.store.beginTransaction(in: namespace, limits: .test),
            try store.store.beginTransaction(in: namespace, limits: .test)
        )
        #expect(try reading.get("b") == nil)
        for transaction in [reading, blind] { try transaction.set("c", "1") }
        _ = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[NamespaceID], any Error>) in
            store.store.emptyNamespaces(.database, [name.name]) { continuation.resume(with: $0) }
        }
        for transaction in [reading, blind] { #expect(await transaction.commit() == .namespaceDeleted) }
        let emptied = try #require(try store.store.namespace(.database, name.name))
        #expect(try store.store.record(emptied, Array("c".utf8)) { _ in } == nil)
        await store.store.close()
    }

    @Test("Changes are told of in the order in which they were made, as those of one commit")
    func changes() async throws {
        let store = try await TestStore.make()
        try await store.set("c", "1")
        let start = ChangePosition(behind: store.store.changes.revision)
        let transaction = try store.begin()
        try transaction.set("b", "1")
        try transaction.delete("c")
        try transaction.set("a", "1")
        try transaction.set("b", "2")
        #expect(await transaction.commit() == nil)
        let revision = try #require(try store.revision("a"))
        #expect(
            try store.history(behind: start) == [
                "\(revision).1 delete c", "\(revision).2 set a=1", "\(revision) set b=2",
            ])
        await store.store.close()
    }
}
