import HTTPAPI
import KeyValueStore
import Testing

@testable import KOTAPI

@Suite("The count of databases and keys")
struct UsageTests {
    private let first = NamespaceID(rawValue: 1)
    private let second = NamespaceID(rawValue: 2)

    private func usage(keys: Int) -> KOTUsage {
        var limits = KOTLimits()
        limits.keys = keys
        return KOTUsage(limits)
    }

    private func canAdd(_ usage: KOTUsage, to database: NamespaceID) -> Bool {
        (try? usage.add(KOTUsage.Change(keys: 1), to: database, of: nil)) != nil
    }

    @Test("A key whose command failed makes room again")
    func undo() throws {
        let usage = usage(keys: 1)
        try usage.add(KOTUsage.Change(keys: 1), to: first, of: nil)
        #expect(!canAdd(usage, to: first))
        usage.undo(KOTUsage.Change(keys: 1), to: first, of: nil)
        #expect(canAdd(usage, to: second))
        #expect(!canAdd(usage, to: first))
    }

    @Test("What is taken back after its database was deleted does not count twice")
    func undoAfterDeletion() throws {
        let usage = usage(keys: 2)
        usage.load(first, keys: 0)
        try usage.add(KOTUsage.Change(keys: 1), to: first, of: nil)
        usage.forget(first, isDeleted: true)
        usage.undo(KOTUsage.Change(keys: 1), to: first, of: nil)
        #expect(canAdd(usage, to: second))
        #expect(canAdd(usage, to: second))
        #expect(!canAdd(usage, to: second))
    }
}
