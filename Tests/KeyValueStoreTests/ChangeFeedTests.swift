import Storage
import StorageTesting
import Synchronization
import Testing

@testable import KeyValueStore

/// A change as a test compares it.
struct SeenChange: Hashable, Sendable, CustomStringConvertible {
    var description: String

    init(_ change: Change) {
        let key = String(decoding: change.key, as: UTF8.self)
        let value = change.record.map { "=" + String(decoding: $0.value, as: UTF8.self) } ?? ""
        description = "\(change.position) \(change.kind) \(key)\(value)"
    }
}

extension TestStore {
    var namespace: Namespace {
        get throws {
            guard let namespace = try store.namespace(.bucket, bucket.name) else { throw StoreError.namespaceNotFound }
            return namespace
        }
    }

    /// All of memory's changes behind a place; nil where memory does not hold them all.
    func recent(behind start: ChangePosition) throws -> [String]? {
        var position = start
        var seen: [String] = []
        while true {
            switch store.changes.recent(try namespace.id, behind: position) {
            case .older: return nil
            case .upToDate: return seen
            case .changes(let changes):
                position = changes.forEach { change in
                    seen.append(SeenChange(change).description)
                    return .next
                }
            }
        }
    }

    /// All of the history behind a place, in steps of one page; nil where the history does not reach back.
    func history(behind start: ChangePosition) throws -> [String]? {
        var position = start
        var seen: [String] = []
        while true {
            let step = try store.readHistory(of: try namespace.id, behind: position, sizeMax: 1) { change in
                seen.append(SeenChange(change).description)
                return .next
            }
            switch step {
            case .lost: return nil
            case .paused(let place): position = place
            case .end: return seen
            }
        }
    }
}

extension ChangePosition {
    init(_ revision: Revision) { self.init(behind: revision) }
}

@Suite("Changes")
struct ChangeFeedTests {
    @Test("Each set, delete and expiry is told of in the order of the commits, in memory and on disk alike")
    func order() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        let count = Mutex(0)
        let subscription = store.store.changes.subscribe(to: try store.namespace.id) { _ in count.withLock { $0 += 1 } }
        let first = try await store.set("a", "1").rawValue
        try await store.set("b", "2", ttl: TimeToLive(seconds: 1))
        #expect(try await store.increment("a", by: "+1") == "2")
        #expect(try await store.delete("a"))
        // Nothing changes, so there is nothing to tell.
        #expect(try await !store.delete("a"))
        store.clock.advance(milliseconds: 1000)
        let expected = [
            "\(first) set a=1", "\(first + 1) set b=2", "\(first + 2) set a=2", "\(first + 3) delete a",
            "\(first + 4) expire b",
        ]
        #expect(try await eventually { try store.recent(behind: start)?.count == expected.count })
        #expect(try store.recent(behind: start) == expected)
        #expect(try store.history(behind: start) == expected)
        #expect(count.withLock { $0 } == expected.count)
        #expect(try store.get("b") == nil)
        for skipped in 1...expected.count {
            let position = ChangePosition(behind: Revision(rawValue: first + UInt64(skipped) - 1))
            #expect(try store.recent(behind: position) == Array(expected.dropFirst(skipped)))
            #expect(try store.history(behind: position) == Array(expected.dropFirst(skipped)))
        }
        store.store.changes.unsubscribe(subscription)
        #expect(try store.recent(behind: start) == nil)
        await store.store.close()
    }

    @Test("The changes of one commit have places of their own, and a key changed twice is told of once, as it is left")
    func transaction() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        let namespace = try store.namespace
        let revision = try await store.write { (transaction) throws(StoreError) in
            try transaction.set(namespace, [UInt8(ascii: "a")], to: NewValue(bytes: [UInt8(ascii: "1")]))
            try transaction.set(namespace, [UInt8(ascii: "b")], to: NewValue(bytes: [UInt8(ascii: "2")]))
            try transaction.set(namespace, [UInt8(ascii: "a")], to: NewValue(bytes: [UInt8(ascii: "3")]))
            try transaction.set(namespace, [UInt8(ascii: "c")], to: NewValue(bytes: [UInt8(ascii: "4")]))
            return transaction.revision
        }
        let expected = ["\(revision).1 set b=2", "\(revision).2 set a=3", "\(revision) set c=4"]
        #expect(try store.history(behind: start) == expected)
        let middle = try #require(ChangePosition("\(revision).2"))
        #expect(try store.history(behind: middle) == ["\(revision) set c=4"])
        await store.store.close()
    }

    @Test("A command that fails is told of by nobody")
    func failure() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        let namespace = try store.namespace
        await #expect(throws: StoreError.busy) {
            try await store.write { (transaction) throws(StoreError) in
                try transaction.set(namespace, [1], to: NewValue(bytes: []))
                throw .busy
            }
        }
        #expect(try store.history(behind: start) == [])
        await store.store.close()
    }

    @Test("What a group wrote that the disk refused is told of by nobody, and what fits of it is")
    func fullDisk() async throws {
        let store = try await TestStore.make()
        let start = ChangePosition(behind: store.store.changes.revision)
        store.engine.endNextWrites(with: [StorageError(.outOfSpace, "full")])
        await #expect(throws: StoreError.diskFull) { try await store.set("a", "1") }
        let revision = try await store.set("b", "2")
        #expect(try store.history(behind: start) == ["\(revision) set b=2"])
        await store.store.close()
    }

    @Test("Memory lets the oldest changes go, and knows that it did")
    func memoryBound() async throws {
        let store = try await TestStore.make { $0.recentChangesSize = 20_000 }
        let start = ChangePosition(behind: store.store.changes.revision)
        let subscription = store.store.changes.subscribe(to: try store.namespace.id) { _ in }
        var revisions: [Revision] = []
        for number in 0..<40 {
            revisions.append(try await store.set("k\(number)", String(repeating: "x", count: 1000)))
        }
        #expect(try store.recent(behind: start) == nil)
        #expect(try store.recent(behind: ChangePosition(behind: revisions[34]))?.count == 5)
        #expect(try store.history(behind: start)?.count == 40)
        store.store.changes.unsubscribe(subscription)
        await store.store.close()
    }

    @Test("Changes of other namespaces are not told of, nor mistaken")
    func otherNamespaces() async throws {
        let store = try await TestStore.make()
        try await store.createBucket("other")
        let start = ChangePosition(behind: store.store.changes.revision)
        let other = try #require(try store.store.namespace(.bucket, Array("other".utf8)))
        let isTold = Mutex(false)
        let subscription = store.store.changes.subscribe(to: other.id) { _ in isTold.withLock { $0 = true } }
        let revision = try await store.set("mine", "1")
        #expect(try store.history(behind: start) == ["\(revision) set mine=1"])
        let step = try store.store.readHistory(of: other.id, behind: start, sizeMax: .max) { _ in
            Issue.record("another namespace's change")
            return .next
        }
        guard case .end(let position) = step else {
            Issue.record("the history did not end")
            return
        }
        #expect(position == ChangePosition(behind: revision))
        #expect(!isTold.withLock { $0 })
        store.store.changes.unsubscribe(subscription)
        await store.store.close()
    }

    @Test("Those who watch hear of other settings and of the deletion")
    func namespaceNews() async throws {
        let store = try await TestStore.make()
        let news = Mutex<[Bool]>([])
        let subscription = store.store.changes.subscribe(to: try store.namespace.id) { item in
            if case .namespace(let namespace) = item { news.withLock { $0.append(namespace.deletion != nil) } }
        }
        try await store.write { [name = store.bucket.name] (transaction) throws(StoreError) in
            try transaction.updateNamespace(.bucket, name) { $0.email = "a@example.com" }
        }
        try await store.deleteBucket()
        #expect(news.withLock { $0 } == [false, true])
        store.store.changes.unsubscribe(subscription)
        await store.store.close()
    }

    @Test("Places are written and read as text, and sort as the changes do", arguments: ["0", "42", "42.1", "42.17"])
    func positionText(text: String) throws {
        #expect(try #require(ChangePosition(text)).description == text)
    }

    @Test(
        "What is no place is refused",
        arguments: [
            "", " 1", "-1", "+1", "1.", ".1", "1.-1", "1.2.3", "x", "18446744073709551616", "1.4294967295", "１",
        ])
    func malformedPosition(text: String) {
        #expect(ChangePosition(text) == nil)
    }

    @Test("A page cut anywhere, or with any byte changed, is read without harm")
    func damagedPage() {
        var page = ChangePage()
        let record = Record(value: [1, 2, 3], type: .bytes, revision: Revision(rawValue: 7)).encoded()
        let id = NamespaceID(rawValue: 1)
        page.append(.set, id, [1, 2], record: record, Revision(rawValue: 7), number: 1, isLast: false)
        page.append(.delete, id, [9], record: [], Revision(rawValue: 7), number: 2, isLast: true)
        func visit(_ bytes: [UInt8]) -> (Bool?, Int) {
            var count = 0
            let result = bytes.withUnsafeBytes { bytes in
                ChangePage.forEachChange(in: bytes, of: id, behind: ChangePosition(behind: .zero)) { _ in
                    count += 1
                    return .next
                }
            }
            return (result, count)
        }
        #expect(visit(page.bytes) == (true, 2))
        for length in 0..<page.bytes.count {
            let (result, count) = visit(Array(page.bytes.prefix(length)))
            #expect(count < 2)
            // A page may end between two changes, and nowhere else.
            #expect(result == nil || count == 1 || length == ChangePage.headerLength)
        }
        for index in page.bytes.indices {
            var bytes = page.bytes
            for value in [UInt8(0), 0x7F, 0x80, 0xFF] {
                bytes[index] = value
                _ = visit(bytes)
            }
        }
    }
}
