import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("Conditions on a key's version")
struct PreconditionTests {
    private static let five = Revision(rawValue: 5)
    private static let other = Revision(rawValue: 6)

    @Test(
        "If-Match holds of a version that it names, If-None-Match of all others and of none",
        arguments: [
            (Precondition.none, five, nil), (.none, nil, nil),
            (Precondition(ifMatch: .any), five, nil), (Precondition(ifMatch: .any), nil, .noMatch),
            (Precondition(ifMatch: .listed([five, other])), five, nil),
            (Precondition(ifMatch: .listed([other])), five, .noMatch),
            (Precondition(ifMatch: .listed([])), five, .noMatch),
            (Precondition(ifMatch: .listed([five])), nil, .noMatch),
            (Precondition(ifNoneMatch: .any), five, .match), (Precondition(ifNoneMatch: .any), nil, nil),
            (Precondition(ifNoneMatch: .listed([five])), five, .match),
            (Precondition(ifNoneMatch: .listed([other])), five, nil),
            (Precondition(ifNoneMatch: .listed([])), five, nil), (Precondition(ifNoneMatch: .listed([five])), nil, nil),
            (Precondition(ifMatch: .listed([five]), ifNoneMatch: .any), five, .match),
            (Precondition(ifMatch: .listed([other]), ifNoneMatch: .any), five, .noMatch),
        ] as [(Precondition, Revision?, Precondition.Failure?)])
    func failures(condition: Precondition, revision: Revision?, failure: Precondition.Failure?) {
        #expect(condition.failure(at: revision) == failure)
    }

    @Test("A change whose condition fails changes nothing, one whose condition holds goes through")
    func changes() async throws {
        let store = try await TestStore.make()
        let first = try await store.set("k", "1")
        let stale = Precondition(ifMatch: .listed([Revision(rawValue: first.rawValue + 100)]))
        let absent = Precondition(ifNoneMatch: .any)
        for condition in [stale, absent] {
            #expect(await store.set("k", "2", if: condition).isConditionFailed)
            #expect(await store.increment("k", if: condition).isConditionFailed)
            #expect(await store.delete("k", if: condition).isConditionFailed)
        }
        #expect(try store.get("k") == "1")
        let second = try await store.set("k", "2", if: Precondition(ifMatch: .listed([first]))).get()
        #expect(second > first)
        let (number, third) = try await store.increment("k", if: Precondition(ifMatch: .listed([second]))).get()
        #expect(number == .integer(3))
        #expect(third > second)
        #expect(await store.delete("k", if: Precondition(ifMatch: .listed([second]))).isConditionFailed)
        #expect(try await store.delete("k", if: Precondition(ifMatch: .listed([third]))).get())
        #expect(await store.set("k", "4", if: Precondition(ifMatch: .any)).isConditionFailed)
        #expect(await store.delete("k", if: Precondition(ifMatch: .any)).isConditionFailed)
        #expect(try await !store.delete("k", if: absent).get())
        _ = try await store.set("k", "5", if: absent).get()
        #expect(try store.get("k") == "5")
        await store.store.close()
    }

    @Test("A key that has expired is none to a condition")
    func expired() async throws {
        let store = try await TestStore.make()
        try await store.set("k", "1", ttl: TimeToLive(milliseconds: 10))
        store.clock.advance(milliseconds: 10)
        #expect(await store.set("k", "2", if: Precondition(ifMatch: .any)).isConditionFailed)
        _ = try await store.set("k", "2", if: Precondition(ifNoneMatch: .any)).get()
        #expect(try store.get("k") == "2")
        await store.store.close()
    }

    @Test("Of writers that race with the same version exactly one wins")
    func race() async throws {
        let store = try await TestStore.make()
        let first = try await store.set("k", "start")
        let wins = await withTaskGroup(of: Bool.self) { group in
            for writer in 0..<20 {
                group.addTask {
                    let result = await store.set("k", "\(writer)", if: Precondition(ifMatch: .listed([first])))
                    return (try? result.get()) != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wins == 1)
        await store.store.close()
    }
}

extension Result where Failure == StoreError {
    var isConditionFailed: Bool {
        if case .failure(.conditionFailed) = self { true } else { false }
    }
}

extension TestStore {
    func set(_ key: String, _ value: String, if condition: Precondition) async -> Result<Revision, StoreError> {
        await withCheckedContinuation { continuation in
            store.set(bucket, Array(key.utf8), to: NewValue(bytes: Array(value.utf8)), if: condition) {
                continuation.resume(returning: $0)
            }
        }
    }

    func increment(
        _ key: String, if condition: Precondition
    ) async -> Result<(number: Number, revision: Revision), StoreError> {
        await withCheckedContinuation { continuation in
            store.increment(bucket, Array(key.utf8), by: .integer(1), if: condition) {
                continuation.resume(returning: $0)
            }
        }
    }

    func delete(_ key: String, if condition: Precondition) async -> Result<Bool, StoreError> {
        await withCheckedContinuation { continuation in
            store.delete(bucket, Array(key.utf8), if: condition) { continuation.resume(returning: $0) }
        }
    }
}
