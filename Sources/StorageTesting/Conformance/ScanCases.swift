import Storage

extension EngineConformance {
    static var scanCases: [ConformanceCase<Engine>] {
        [
            ConformanceCase("a scan of an empty store visits nothing") { engine in
                try engine.expectKeys([], in: .all, "all keys")
                try engine.expectKeys([], in: KeyRange(prefix: [0xFF]), "a range")
            },
            ConformanceCase("keys are in the order of their bytes as unsigned numbers, prefixes first") { engine in
                let ordered: [[UInt8]] = [
                    [], [0], [0, 0], [0, 0xFF], [1], [0x7F], [0x7F, 0xFF], [0x80], [0x80, 0], [0xFE, 0xFF],
                    [0xFF], [0xFF, 0], [0xFF, 0xFF], [0xFF, 0xFF, 0],
                ]
                try engine.putEach([7, 3, 12, 0, 9, 5, 13, 1, 11, 8, 2, 10, 6, 4].map { index in ordered[index] })
                try engine.expectKeys(ordered, in: .all, "all keys")
            },
            ConformanceCase("a range includes its lower bound and not its upper bound") { engine in
                try engine.putEach([[1], [2], [2, 0], [3], [4]])
                let range = { (lower: [UInt8], upper: [UInt8]?) in
                    KeyRange(lowerBound: Key(lower), upperBound: upper.map(Key.init))
                }
                try engine.expectKeys([[2], [2, 0], [3]], in: range([2], [4]), "between keys that exist")
                try engine.expectKeys([[2, 0]], in: range([2, 0], [2, 1]), "of one key")
                try engine.expectKeys([[3]], in: range([2, 5], [3, 5]), "between keys that don't exist")
                try engine.expectKeys([[1], [2]], in: range([], [2, 0]), "from the beginning")
                try engine.expectKeys([[3], [4]], in: range([2, 0, 0], nil), "without an end")
                try engine.expectKeys([], in: range([5], nil), "behind the last key")
                try engine.expectKeys([], in: range([], [1]), "before the first key")
            },
            ConformanceCase("an empty or reversed range holds nothing") { engine in
                try engine.putEach([[1], [2], [3]])
                try engine.expectKeys(
                    [], in: KeyRange(lowerBound: Key([2]), upperBound: Key([2])), "a range that ends where it begins")
                try engine.expectKeys(
                    [], in: KeyRange(lowerBound: Key([3]), upperBound: Key([1])), "a range that ends before it begins")
                try engine.expectKeys(
                    [], in: KeyRange(lowerBound: Key([]), upperBound: Key([])), "a range before all keys")
            },
            ConformanceCase("the range of a prefix holds the keys that begin with it, up to FF FF") { engine in
                try engine.putEach([[1], [1, 0xFF], [1, 0xFF, 0xFF], [2], [0xFF], [0xFF, 0xFF], [0xFF, 0xFF, 0xFF]])
                try engine.expectKeys([[1], [1, 0xFF], [1, 0xFF, 0xFF]], in: KeyRange(prefix: [1]), "of 01")
                try engine.expectKeys([[1, 0xFF], [1, 0xFF, 0xFF]], in: KeyRange(prefix: [1, 0xFF]), "of 01 FF")
                try engine.expectKeys(
                    [[0xFF, 0xFF], [0xFF, 0xFF, 0xFF]], in: KeyRange(prefix: [0xFF, 0xFF]), "of FF FF")
            },
            ConformanceCase("a scan ends where its visitor says stop") { engine in
                try engine.putEach([[1], [2], [3]])
                for limit in 1...3 {
                    let expected = Array([[1], [2], [3]].prefix(limit)) as [[UInt8]]
                    try expectEqual(engine.records(limit: limit).map(\.key), expected, "the first \(limit)")
                    let reversed = Array([[3], [2], [1]].prefix(limit)) as [[UInt8]]
                    try expectEqual(
                        engine.records(reverse: true, limit: limit).map(\.key), reversed, "the last \(limit)")
                }
            },
            ConformanceCase("deleted keys are not visited") { engine in
                try engine.putEach((0..<100).map { number in [number] })
                for number in UInt8(0)..<100 where number % 10 != 0 {
                    try engine.delete([number])
                }
                try engine.expectKeys((0..<10).map { ten in [ten * 10] }, in: .all, "all keys")
            },
            ConformanceCase("a scan sees one moment, even where its visitor writes") { engine in
                try engine.putEach([[1], [3], [5]])
                for reverse in [false, true] {
                    var visited: [StoredRecord] = []
                    var failure: StorageError?
                    try engine.scan(.all, reverse: reverse, fillingCache: true) { key, value in
                        visited.append(StoredRecord([UInt8](key), [UInt8](value)))
                        do throws(StorageError) {
                            try engine.put([2], [2])
                            try engine.put([3], [99])
                            try engine.delete([5])
                            try engine.delete([1])
                        } catch {
                            failure = error
                        }
                        return .next
                    }
                    if let failure { throw failure }
                    let expected = [[1], [3], [5]].map { key in StoredRecord(key, key) }
                    try expectEqual(visited, reverse ? expected.reversed() : expected, "the records")
                    try engine.delete([2])
                    try engine.putEach([[1], [3], [5]])
                }
            },
        ]
    }
}
