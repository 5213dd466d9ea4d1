import Storage

extension EngineConformance {
    static var recordCases: [ConformanceCase<Engine>] {
        [
            ConformanceCase("a key that was never put has no value") { engine in
                try engine.expectValue(nil, of: [1])
                try engine.put([1, 2], [3])
                try engine.expectValue(nil, of: [1])
                try engine.expectValue(nil, of: [1, 2, 3])
            },
            ConformanceCase("a put is read back, durable or not") { engine in
                try engine.put([1], [10], durably: false)
                try engine.put([2], [20], durably: true)
                try engine.expectValue([10], of: [1])
                try engine.expectValue([20], of: [2])
            },
            ConformanceCase("a later put replaces the value") { engine in
                try engine.put([1], [10])
                try engine.put([1], [11, 12])
                try engine.expectValue([11, 12], of: [1])
            },
            ConformanceCase("a delete removes its key and no other") { engine in
                try engine.putEach([[1], [1, 0], [2]])
                try engine.delete([1])
                try engine.expectValue(nil, of: [1])
                try engine.expectValue([1, 0], of: [1, 0])
                try engine.expectValue([2], of: [2])
                try engine.put([1], [9])
                try engine.expectValue([9], of: [1])
            },
            ConformanceCase("a delete of a key without a value does nothing") { engine in
                try engine.delete([1], durably: true)
                try engine.expectValue(nil, of: [1])
            },
            ConformanceCase("an empty value is a value") { engine in
                try engine.put([1], [])
                try engine.expectValue([], of: [1])
            },
            ConformanceCase("an empty key is a key, and the first one") { engine in
                try engine.put([0], [1])
                try engine.put([], [2])
                try engine.expectValue([2], of: [])
                try engine.expectKeys([[], [0]], in: .all, "all keys")
                try engine.delete([])
                try engine.expectValue(nil, of: [])
                try engine.expectValue([1], of: [0])
            },
            ConformanceCase("keys and values hold any bytes") { engine in
                let allBytes = [UInt8](0...255)
                try engine.put(allBytes, allBytes.reversed())
                try engine.put([0], [0, 0, 0])
                try engine.expectValue(allBytes.reversed(), of: allBytes)
                try engine.expectValue([0, 0, 0], of: [0])
                try engine.expectValue(nil, of: [0, 0])
            },
            ConformanceCase("a large value is read back whole") { engine in
                let value = (0..<(1 << 20)).map { index in UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8) }
                try engine.put([1], value, durably: true)
                try expect(engine.value(of: [1]) == value, "a value of a MiB came back changed")
            },
            ConformanceCase("a cached read finds what a read has just found") { engine in
                try engine.put([1], [10])
                try expectEqual(engine.value(of: [1]), [10], "the value")
                guard case .found(let value) = engine.cachedValue(of: [1]) else {
                    throw ConformanceFailure(message: "the value is not found without blocking")
                }
                try expectEqual(value, [10], "the cached value")
            },
        ]
    }

    static var batchCases: [ConformanceCase<Engine>] {
        [
            ConformanceCase("a batch applies all of its operations") { engine in
                try engine.putEach([[1], [2]])
                var batch = WriteBatch()
                batch.put(Key([1]), [11])
                batch.delete(Key([2]))
                batch.put(Key([3]), [13])
                try engine.write(batch, durably: true)
                try expectEqual(
                    engine.records(), [StoredRecord([1], [11]), StoredRecord([3], [13])], "the records")
            },
            ConformanceCase("the later of two operations of a key in a batch wins") { engine in
                try engine.putEach([[1], [2], [3]])
                var batch = WriteBatch()
                batch.put(Key([1]), [11])
                batch.put(Key([1]), [12])
                batch.put(Key([2]), [21])
                batch.delete(Key([2]))
                batch.delete(Key([3]))
                batch.put(Key([3]), [31])
                try engine.write(batch, durably: false)
                try engine.expectValue([12], of: [1])
                try engine.expectValue(nil, of: [2])
                try engine.expectValue([31], of: [3])
            },
            ConformanceCase("an empty batch changes nothing") { engine in
                try engine.put([1], [10])
                try engine.write(WriteBatch(), durably: true)
                try engine.write(WriteBatch(), durably: false)
                try engine.expectKeys([[1]], in: .all, "all keys")
            },
            ConformanceCase("a batch of many operations is applied whole") { engine in
                var batch = WriteBatch()
                for index in 0..<2_000 {
                    batch.put(Key([UInt8(index >> 8), UInt8(index & 0xFF)]), [UInt8](repeating: 7, count: 100))
                }
                try engine.write(batch, durably: true)
                try expectEqual(engine.records().count, 2_000, "the number of records")
            },
        ]
    }
}
