import Storage
import Synchronization

extension RecordFilter {
    /// Calls the records whose value begins with `FF` garbage.
    fileprivate static var droppingMarked: RecordFilter {
        RecordFilter { { _, value in value.first == 0xFF } }
    }
}

extension EngineConformance {
    /// A case for an engine whose garbage are the records whose value begins with `FF`.
    private static func marked(
        _ name: String, _ body: @escaping @Sendable (Engine) throws -> Void
    ) -> ConformanceCase<Engine> {
        ConformanceCase(name) { makeEngine in
            let engine = try makeEngine(.droppingMarked)
            defer { engine.close() }
            try body(engine)
        }
    }

    static var reclaimCases: [ConformanceCase<Engine>] {
        [
            marked("reclaiming drops the garbage of its range and nothing else") { engine in
                for number in UInt8(0)..<200 {
                    try engine.put([number], number % 2 == 0 ? [number] : [0xFF, number])
                }
                try engine.reclaim(KeyRange(lowerBound: Key([0]), upperBound: Key([100])))
                try engine.expectKeys(
                    (0..<50).map { half in [half * 2] },
                    in: KeyRange(lowerBound: Key([0]), upperBound: Key([100])), "the keys of the range")
                let rest = KeyRange(lowerBound: Key([100]), upperBound: nil)
                let kept = try engine.records(in: rest).filter { record in record.value.first != 0xFF }
                try expectEqual(kept.map(\.key), (50..<100).map { half in [half * 2] }, "the keys behind the range")
                try engine.reclaim(.all)
                try engine.expectKeys((0..<100).map { half in [half * 2] }, in: .all, "all keys")
            },
            marked("reclaiming an empty range does nothing") { engine in
                try engine.put([1], [0xFF])
                try engine.reclaim(KeyRange(lowerBound: Key([1]), upperBound: Key([1])))
                try engine.reclaim(KeyRange(lowerBound: Key([2]), upperBound: Key([1])))
                try engine.expectValue([0xFF], of: [1])
            },
            marked("reclaiming again after more writes drops their garbage as well") { engine in
                for round in UInt8(0)..<3 {
                    try engine.put([round], [round])
                    try engine.put([100 + round], [0xFF])
                    try engine.reclaim(.all)
                    try engine.expectKeys((0...round).map { number in [number] }, in: .all, "all keys")
                }
            },
            marked("a snapshot and a scan under way keep what is no garbage through a reclaim") { engine in
                for number in UInt8(0)..<100 {
                    try engine.put([number], number % 2 == 0 ? [number] : [0xFF])
                }
                let snapshot = try engine.snapshot()
                let even = (0..<50).map { half in [half * 2] } as [[UInt8]]
                var visited: [[UInt8]] = []
                var failure: StorageError?
                try engine.scan(.all, reverse: false, fillingCache: true) { key, value in
                    if value.first != 0xFF {
                        visited.append([UInt8](key))
                    }
                    guard visited.count == 10 else { return .next }
                    do throws(StorageError) {
                        try engine.reclaim(.all)
                    } catch {
                        failure = error
                    }
                    return .next
                }
                if let failure { throw failure }
                try expectEqual(visited, even, "the keys of the scan")
                let kept = try snapshot.records().filter { record in record.value.first != 0xFF }
                try expectEqual(kept.map(\.key), even, "the keys of the snapshot")
                try engine.expectKeys(even, in: .all, "all keys")
            },
            ConformanceCase("a pass of the filter begins with each reclaim") { makeEngine in
                let passes = Mutex(0)
                let filter = RecordFilter {
                    passes.withLock { passes in passes += 1 }
                    return { _, _ in false }
                }
                let engine = try makeEngine(filter)
                defer { engine.close() }
                for round in UInt8(0)..<3 {
                    try engine.put([round], [])
                    let before = passes.withLock { passes in passes }
                    try engine.reclaim(.all)
                    try expect(passes.withLock { passes in passes } > before, "no pass began in round \(round)")
                }
                try engine.expectKeys([[0], [1], [2]], in: .all, "all keys")
            },
            marked("reclaiming does nothing once it is cancelled") { engine in
                try engine.put([1], [0xFF])
                engine.cancelReclaim()
                engine.cancelReclaim()
                try engine.reclaim(.all)
                try engine.expectValue([0xFF], of: [1])
                try engine.put([2], [2])
                try engine.expectValue([2], of: [2])
            },
        ]
    }
}
