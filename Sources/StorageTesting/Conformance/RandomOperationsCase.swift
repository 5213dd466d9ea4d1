import Storage

extension EngineConformance {
    static var randomOperationsCase: ConformanceCase<Engine> {
        ConformanceCase("random operations leave the records that a model of them has") { engine in
            var comparison = ModelComparison(engine, seed: 42)
            for _ in 0..<4_000 {
                try comparison.step()
            }
            try comparison.compareAll()
        }
    }
}

/// Does the same to an engine and to a model of it, and compares what both then hold.
private struct ModelComparison<Engine: StorageEngine> {
    private typealias Model = [Key: [UInt8]]

    private let engine: Engine
    private var model: Model = [:]
    private var snapshots: [(snapshot: any StorageSnapshot, model: Model)] = []
    private var numbers: SeededGenerator

    init(_ engine: Engine, seed: UInt64) {
        self.engine = engine
        numbers = SeededGenerator(seed: seed)
    }

    mutating func step() throws {
        switch Int.random(in: 0..<100, using: &numbers) {
        case 0..<50: try write()
        case 50..<75: try read()
        case 75..<90: try scan()
        case 90..<93: snapshots.append((try engine.snapshot(), model))
        case 93..<95: dropSnapshot()
        case 95..<99: try readSnapshot()
        default: try reclaim()
        }
    }

    func compareAll() throws {
        try compare(engine, model, .all, reverse: false)
        for (snapshot, model) in snapshots {
            try compare(snapshot, model, .all, reverse: true)
        }
    }

    private mutating func write() throws {
        var batch = WriteBatch()
        for _ in 0..<Int.random(in: 1...8, using: &numbers) {
            let key = randomKey()
            if Int.random(in: 0..<3, using: &numbers) == 0 {
                batch.delete(key)
                model[key] = nil
            } else {
                let value = (0..<Int.random(in: 0...40, using: &numbers)).map { _ in
                    UInt8.random(in: 0...255, using: &numbers)
                }
                batch.put(key, value)
                model[key] = value
            }
        }
        try engine.write(batch, durably: Int.random(in: 0..<20, using: &numbers) == 0)
    }

    private mutating func read() throws {
        let key = randomKey()
        try engine.expectValue(model[key], of: key.bytes)
    }

    private mutating func scan() throws {
        try compare(engine, model, randomRange(), reverse: Bool.random(using: &numbers))
    }

    private mutating func readSnapshot() throws {
        guard let (snapshot, model) = snapshots.randomElement(using: &numbers) else { return }
        let key = randomKey()
        try expectEqual(snapshot.value(of: key.bytes), model[key], "the value of \(key.bytes) in a snapshot")
        try compare(snapshot, model, randomRange(), reverse: Bool.random(using: &numbers))
    }

    private mutating func dropSnapshot() {
        guard !snapshots.isEmpty else { return }
        snapshots.remove(at: Int.random(in: 0..<snapshots.count, using: &numbers))
    }

    /// Of an engine without garbage: it changes no record.
    private mutating func reclaim() throws {
        guard Int.random(in: 0..<10, using: &numbers) == 0 else { return }
        try engine.reclaim(randomRange())
    }

    private func compare(_ reader: some StorageReader, _ model: Model, _ range: KeyRange, reverse: Bool) throws {
        let expected = model.filter { key, _ in range.contains(key) }.sorted { left, right in left.key < right.key }
            .map { key, value in StoredRecord(key.bytes, value) }
        try expectEqual(
            reader.records(in: range, reverse: reverse), reverse ? expected.reversed() : expected,
            "the records of \(range)")
    }

    /// One of few, so that operations meet the same keys again.
    private mutating func randomKey() -> Key {
        let bytes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF]
        let length = Int.random(in: 0...3, using: &numbers)
        return Key((0..<length).map { _ in bytes[Int.random(in: 0..<bytes.count, using: &numbers)] })
    }

    private mutating func randomRange() -> KeyRange {
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0: .all
        case 1: KeyRange(prefix: randomKey().bytes)
        case 2: KeyRange(lowerBound: randomKey(), upperBound: nil)
        default: KeyRange(lowerBound: randomKey(), upperBound: randomKey())
        }
    }
}
