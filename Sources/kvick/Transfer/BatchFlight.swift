/// The batches that are under way, and what may go beside them.
struct BatchFlight {
    private static let countMax = 4
    /// What they may have together, in bytes; a single one may pass it.
    private static let sizeMax = 8 << 20

    private var batches: [Int: ImportBatch] = [:]
    private var keys: Set<[UInt8]> = []
    private var size = 0
    private var lastNumber = 0

    /// Whether `batch` may go now. One with a key that is under way may not, for nobody knows which value would be the last.
    func hasRoom(for batch: ImportBatch) -> Bool {
        batches.isEmpty
            || batches.count < Self.countMax && size + batch.size <= Self.sizeMax
                && !batch.records.contains { keys.contains($0.key) }
    }

    /// - Returns: the batch's number.
    mutating func begin(_ batch: ImportBatch) -> Int {
        lastNumber += 1
        batches[lastNumber] = batch
        size += batch.size
        for record in batch.records { keys.insert(record.key) }
        return lastNumber
    }

    mutating func end(_ number: Int) {
        guard let batch = batches.removeValue(forKey: number) else { return }
        size -= batch.size
        for record in batch.records { keys.remove(record.key) }
    }
}
