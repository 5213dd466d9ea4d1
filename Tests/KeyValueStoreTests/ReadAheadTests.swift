import Storage
import Testing

@testable import KeyValueStore

@Suite("Reading ahead of the writer")
struct ReadAheadTests {
    @Test("What a transaction reads is read where memory does not hold it, once, and what it only sets is not")
    func reads() async throws {
        let engine = ColdEngine()
        let store = try KeyValueStore(engine: engine, garbage: Garbage(), logger: .silent)
        let name = NamespaceName(.bucket, Array("bucket".utf8), isCreatedOnWrite: true)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            store.run(Transaction([.set("got", "1"), .set("added", "1")], limits: .test), in: name) { result in
                continuation.resume(with: result.map { _ in })
            }
        }
        let namespace = try #require(try store.namespace(.bucket, name.name))
        func records(_ keys: String...) -> [[UInt8]] {
            keys.map { KeyLayout.record(namespace.id, Array($0.utf8)).withUnsafeBytes { Array($0) } }
        }
        func recordsRead() -> [[UInt8]] {
            let all = Set(records("got", "added", "deleted", "checked", "set", "more"))
            return engine.reads.filter { all.contains($0) }
        }
        let transaction = Transaction(
            [
                .get("got"), .get("got"), .set("set", "1"), .incr("added", 1), .delete("deleted"),
                .check("checked", nil),
            ],
            limits: .test)
        #expect(transaction.readCount == 5)
        engine.cool()
        store.readAhead(of: transaction, in: namespace)
        #expect(recordsRead() == records("got", "added", "deleted", "checked"))
        store.readAhead(of: transaction, in: namespace)
        #expect(recordsRead().count == 4)
        store.readAhead(of: Transaction([.get("got"), .get("more")], limits: .test), in: namespace)
        #expect(recordsRead() == records("got", "added", "deleted", "checked", "more"))
        await store.close()
    }

    @Test("What can't be read is left to the transaction to report")
    func failure() async throws {
        let store = try await TestStore.make()
        let namespace = try #require(try store.store.namespace(.bucket, store.bucket.name))
        store.engine.readsBlock = true
        store.engine.close()
        let transaction = Transaction([.get("a"), .set("b", "1")], limits: .test)
        store.store.readAhead(of: transaction, in: namespace)
        await #expect(throws: StoreError.self) { try await store.run(transaction) }
        await store.store.close()
    }
}
