import Foundation
import Storage
import StorageTesting
import Testing

@Suite struct InMemoryEngineTests {
    private let engine = InMemoryEngine()
    private let full = StorageError(.outOfSpace, "the disk is full")

    @Test("The next write fails as asked and changes nothing; the one after it succeeds")
    func failsNextWrite() throws {
        engine.failNextWrite(with: full)
        let error = try #require(throws: StorageError.self) { try engine.put([1], [1]) }
        #expect(error == full)
        #expect(try engine.value(of: [1]) == nil)
        try engine.put([1], [2])
        #expect(try engine.value(of: [1]) == [2])
        #expect(engine.writeCount == 1)
    }

    @Test("All writes fail until the failure is lifted")
    func failsWrites() throws {
        engine.failWrites(with: full)
        for _ in 0..<3 {
            #expect(throws: full) { try engine.put([1], [1]) }
        }
        engine.failWrites(with: nil)
        try engine.put([1], [1])
        #expect(engine.recordCount == 1)
    }

    @Test("Cached reads block where asked, and blocking reads still answer")
    func readsBlock() throws {
        try engine.put([1], [1])
        engine.readsBlock = true
        guard case .wouldBlock = engine.cachedValue(of: [1]) else {
            Issue.record("a cached read answered")
            return
        }
        #expect(try engine.value(of: [1]) == [1])
        engine.readsBlock = false
        guard case .found([1]) = engine.cachedValue(of: [1]) else {
            Issue.record("a cached read did not find the value")
            return
        }
    }

    @Test("Writes are counted, durable ones apart")
    func countsWrites() throws {
        try engine.put([1], [1], durably: true)
        try engine.put([2], [1], durably: false)
        try engine.delete([2], durably: true)
        #expect(engine.writeCount == 3)
        #expect(engine.durableWriteCount == 2)
    }

    @Test("A held write changes nothing until it is released")
    func holdsWrites() throws {
        engine.holdWrites()
        let writer = startWriter()
        #expect(try engine.value(of: [1]) == nil)
        #expect(engine.writeCount == 0)
        engine.releaseWrites()
        waitUntil { writer.isFinished }
        #expect(try engine.value(of: [1]) == [1])
        try engine.put([2], [2])
    }

    @Test("Closing lets go a held write and waits for it")
    func closesWhileHolding() throws {
        engine.holdWrites()
        _ = startWriter()
        engine.close()
        #expect(engine.heldWriteCount == 0)
        #expect(engine.writeCount == 1)
    }

    /// Starts a thread whose write is held when this returns.
    private func startWriter() -> Thread {
        let engine = engine
        let writer = Thread { try? engine.put([1], [1]) }
        writer.start()
        waitUntil { engine.heldWriteCount == 1 }
        return writer
    }

    private func waitUntil(_ condition: () -> Bool) {
        let deadline = Date(timeIntervalSinceNow: 10)
        while !condition(), Date() < deadline {
            Thread.sleep(forTimeInterval: 0.001)
        }
        #expect(condition())
    }
}
