import KOTAPI

/// Collects records up to what one call may restore.
struct RecordBatch {
    static let countMax = 1000
    /// In bytes of keys and values.
    static let sizeMax = 4 << 20

    private var records: [KOTBackupRecord] = []
    private var size = 0

    /// - Returns: the records before this one, where it does not go with them.
    mutating func add(_ record: KOTBackupRecord) -> [KOTBackupRecord]? {
        let isFull = records.count == Self.countMax || size + record.size > Self.sizeMax
        let full = isFull ? take() : nil
        records.append(record)
        size += record.size
        return full
    }

    /// What is left; nil where nothing is.
    mutating func take() -> [KOTBackupRecord]? {
        defer { (records, size) = ([], 0) }
        return records.isEmpty ? nil : records
    }
}

extension KOTBackupRecord {
    fileprivate var size: Int {
        switch content {
        case .value(.json(let bytes), _), .value(.bytes(let bytes), _), .sealed(let bytes): key.utf8.count + bytes.count
        }
    }
}
