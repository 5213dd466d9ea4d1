import Storage

extension EngineConformance {
    static var snapshotCases: [ConformanceCase<Engine>] {
        [
            ConformanceCase("a snapshot does not see later writes and deletes") { engine in
                try engine.putEach([[1], [2], [3]])
                let snapshot = try engine.snapshot()
                try engine.put([0], [0])
                try engine.put([1], [99])
                try engine.delete([2])
                try engine.put([4], [4])
                try expectEqual(snapshot.value(of: [0]), nil, "a key put later")
                try expectEqual(snapshot.value(of: [1]), [1], "a value replaced later")
                try expectEqual(snapshot.value(of: [2]), [2], "a key deleted later")
                try snapshot.expectKeys([[1], [2], [3]], in: .all, "the keys of the snapshot")
                try expectEqual(
                    snapshot.records().map(\.value), [[1], [2], [3]], "the values of the snapshot")
                try engine.expectKeys([[0], [1], [3], [4]], in: .all, "the keys of the engine")
            },
            ConformanceCase("a snapshot of an empty store stays empty") { engine in
                let snapshot = try engine.snapshot()
                try engine.putEach([[1], [2]])
                try snapshot.expectKeys([], in: .all, "the keys of the snapshot")
                try expectEqual(snapshot.value(of: [1]), nil, "a value")
            },
            ConformanceCase("several snapshots each see their own moment, whatever the order they end in") { engine in
                var snapshots: [(UInt8, any StorageSnapshot)] = []
                for number in UInt8(0)..<20 {
                    try engine.put([1], [number])
                    if number > 0 {
                        try engine.delete([2, number - 1])
                    }
                    try engine.put([2, number], [number])
                    snapshots.append((number, try engine.snapshot()))
                }
                while !snapshots.isEmpty {
                    for (number, snapshot) in snapshots {
                        try expectEqual(snapshot.value(of: [1]), [number], "the value at moment \(number)")
                        try snapshot.expectKeys([[1], [2, number]], in: .all, "the keys at moment \(number)")
                    }
                    snapshots.remove(at: snapshots.count / 3)
                    try engine.put([1], [255])
                }
                try engine.expectValue([255], of: [1])
            },
            ConformanceCase("a snapshot keeps its ranges") { engine in
                try engine.putEach([[1], [2], [3], [4]])
                let snapshot = try engine.snapshot()
                try engine.delete([2])
                try engine.put([2, 5], [])
                let range = KeyRange(lowerBound: Key([2]), upperBound: Key([4]))
                try snapshot.expectKeys([[2], [3]], in: range, "the range")
                try expectEqual(snapshot.records(in: range, limit: 1).map(\.key), [[2]], "the first of the range")
                try expectEqual(
                    snapshot.records(in: range, reverse: true, limit: 1).map(\.key), [[3]], "the last of the range")
            },
        ]
    }

    static var closingCases: [ConformanceCase<Engine>] {
        [
            ConformanceCase("all calls fail once the engine is closed") { engine in
                try engine.put([1], [10])
                engine.close()
                try expectFailure(.closed, "get") { () throws(StorageError) in _ = try engine.value(of: [1]) }
                try expectFailure(.closed, "scan") { () throws(StorageError) in _ = try engine.records() }
                try expectFailure(.closed, "snapshot") { () throws(StorageError) in _ = try engine.snapshot() }
                try expectFailure(.closed, "write") { () throws(StorageError) in try engine.put([1], [11]) }
                try expectFailure(.closed, "reclaim") { () throws(StorageError) in try engine.reclaim(.all) }
                guard case .wouldBlock = engine.cachedValue(of: [1]) else {
                    throw ConformanceFailure(message: "a cached read of a closed engine answers")
                }
            },
            ConformanceCase("a second close does nothing") { engine in
                engine.close()
                engine.close()
                engine.cancelReclaim()
            },
            ConformanceCase("a snapshot that outlives its engine fails, and is released without harm") { engine in
                try engine.put([1], [10])
                let snapshot = try engine.snapshot()
                engine.close()
                try expectFailure(.closed, "get") { () throws(StorageError) in _ = try snapshot.value(of: [1]) }
                try expectFailure(.closed, "scan") { () throws(StorageError) in _ = try snapshot.records() }
            },
        ]
    }
}
