import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite struct StatisticsTests {
    @Test("Each group that is written counts with its commands and the time of its sync")
    func groups() async throws {
        let store = try await TestStore.make()
        let before = try store.store.statistics().writer
        store.engine.holdWrites()
        async let first = store.set("a", "1")
        #expect(try await eventually { store.engine.heldWriteCount == 1 })
        async let second = store.set("b", "1")
        async let third = store.set("c", "1")
        #expect(try await eventually { store.store.queuedCommandCount == 2 })
        #expect(try store.store.statistics().writer.queuedCommands == 2)
        #expect(try store.store.statistics().writer.queuedSize > 0)
        store.engine.releaseWrites()
        _ = try await (first, second, third)
        let after = try store.store.statistics().writer
        #expect(after.groupSizes.count - before.groupSizes.count == 2)
        #expect(after.groupSizes.sum - before.groupSizes.sum == 3)
        #expect(after.syncTimes.count - before.syncTimes.count == 2)
        #expect(after.queuedCommands == 0)
        await store.store.close()
    }

    @Test("What is refused counts by why, and the store says that it takes no writes")
    func refusals() async throws {
        let store = try await TestStore.make()
        try store.store.checkWritable()
        store.engine.failWrites(with: StorageError(.outOfSpace, "full"))
        await #expect(throws: StoreError.diskFull) { try await store.set("a", "1") }
        #expect(throws: StoreError.diskFull) { try store.store.checkWritable() }
        store.engine.failWrites(with: nil)
        try store.store.checkWritable()
        store.engine.failWrites(with: StorageError(.failed, "broken"))
        await #expect(throws: StoreError.outcomeUnknown) { try await store.set("a", "1") }
        await #expect(throws: StoreError.readOnly) { try await store.set("a", "1") }
        #expect(throws: StoreError.readOnly) { try store.store.checkWritable() }
        let statistics = try store.store.statistics().writer
        #expect(statistics.refusedDiskFull == 1)
        #expect(statistics.failed == 1)
        #expect(statistics.refusedReadOnly == 1)
        await store.store.close()
    }

    @Test("A disk that takes nothing for long is no disk to write to")
    func stuckDisk() async throws {
        let store = try await TestStore.make { $0.writerLimits.patience = .milliseconds(20) }
        store.engine.holdWrites()
        async let write = store.set("a", "1")
        let isStuck = try await eventually {
            do throws(StoreError) {
                try store.store.checkWritable()
                return false
            } catch {
                return error == .busy
            }
        }
        #expect(isStuck)
        store.engine.releaseWrites()
        _ = try await write
        #expect(try await eventually { (try? store.store.checkWritable()) != nil })
        await store.store.close()
    }

    @Test("Keys that are deleted at the end of their time are counted")
    func expiredKeys() async throws {
        let store = try await TestStore.make()
        try await store.set("a", "1", ttl: TimeToLive(milliseconds: 1000))
        try await store.set("b", "1")
        store.clock.advance(milliseconds: 2000)
        #expect(try await eventually { try store.store.statistics().writer.expiredKeys == 1 })
        await store.store.close()
    }
}
