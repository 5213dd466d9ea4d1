import Dispatch
import Storage
import Synchronization

extension EngineConformance {
    static var concurrencyCases: [ConformanceCase<Engine>] {
        [
            ConformanceCase("readers never see half a batch, while batches are written") { engine in
                try runTogether(readers: 3, writer: { try writeTwins(engine) }, reader: { try readTwins(engine) })
            },
            ConformanceCase("batches written at once by several threads all arrive") { engine in
                try runAtOnce(4) { thread in
                    for number in UInt8(0)..<100 {
                        var batch = WriteBatch()
                        batch.put(Key([UInt8(thread), number]), [number])
                        batch.put(Key([UInt8(thread), number, 1]), [number])
                        try engine.write(batch, durably: number % 50 == 0)
                    }
                }
                try expectEqual(engine.records().count, 800, "the number of records")
            },
            ConformanceCase("closing waits for a scan under way, which sees all of its records") { engine in
                try engine.putEach((0..<100).map { number in [number] })
                try closeDuringScan(engine)
            },
            ConformanceCase("calls that meet a close succeed or fail with closed") { engine in
                try engine.put([1], [1])
                let tasks = ConcurrentTasks()
                for _ in 0..<4 {
                    tasks.start { try callUntilClosed(engine) }
                }
                pause(milliseconds: 20)
                engine.close()
                try tasks.wait()
            },
        ]
    }

    /// Writes two keys of the same value, many times, by batches.
    private static func writeTwins(_ engine: Engine) throws {
        for number in 0..<1_000 {
            let value = [UInt8(number >> 8), UInt8(number & 0xFF)]
            var batch = WriteBatch()
            batch.put(Key([1]), value)
            batch.put(Key([2]), value)
            try engine.write(batch, durably: false)
        }
    }

    private static func readTwins(_ engine: Engine) throws {
        let snapshot = try engine.snapshot()
        try expectEqual(snapshot.value(of: [1]), snapshot.value(of: [2]), "the twins of a snapshot")
        try expect(Set(engine.records().map(\.value)).count <= 1, "a scan saw twins with different values")
        let first = try engine.value(of: [1]) ?? []
        let second = try engine.value(of: [2]) ?? []
        try expect(!second.lexicographicallyPrecedes(first), "a read went back in time: \(second) after \(first)")
    }

    private static func closeDuringScan(_ engine: Engine) throws {
        let scanBegan = DispatchSemaphore(value: 0)
        let isClosed = Atomic<Bool>(false)
        let tasks = ConcurrentTasks()
        tasks.start {
            var count = 0
            var closedEarly = false
            try engine.scan(.all, reverse: false, fillingCache: true) { _, _ in
                if count == 0 {
                    scanBegan.signal()
                    pause(milliseconds: 100)
                }
                count += 1
                closedEarly = closedEarly || isClosed.load(ordering: .acquiring)
                return .next
            }
            try expectEqual(count, 100, "the number of records visited")
            try expect(!closedEarly, "close returned before the scan ended")
        }
        scanBegan.wait()
        engine.close()
        isClosed.store(true, ordering: .releasing)
        try tasks.wait()
    }

    private static func callUntilClosed(_ engine: Engine) throws {
        do throws(StorageError) {
            while true {
                try engine.put([2], [2])
                _ = engine.cachedValue(of: [1])
                let values = try [engine.value(of: [1]), engine.snapshot().value(of: [1])]
                if values != [[1], [1]] {
                    throw StorageError(.failed, "a read meanwhile found \(values)")
                }
            }
        } catch {
            guard error.code == .closed else { throw error }
        }
    }
}

/// Runs `reader` over and over on `readers` threads, while `writer` runs once.
private func runTogether(
    readers: Int, writer: @escaping @Sendable () throws -> Void, reader: @escaping @Sendable () throws -> Void
) throws {
    let isWritten = AtomicFlag()
    let tasks = ConcurrentTasks()
    for _ in 0..<readers {
        tasks.start {
            while !isWritten.isSet {
                try reader()
            }
        }
    }
    tasks.start {
        defer { isWritten.set() }
        try writer()
    }
    try tasks.wait()
}

private func runAtOnce(_ threads: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let tasks = ConcurrentTasks()
    for thread in 0..<threads {
        tasks.start { try body(thread) }
    }
    try tasks.wait()
}

private func pause(milliseconds: Int) {
    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(milliseconds))
}

private final class AtomicFlag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() {
        value.store(true, ordering: .releasing)
    }
}
