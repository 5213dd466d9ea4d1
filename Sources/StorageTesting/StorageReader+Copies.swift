import Storage

/// A copy of one record.
public struct StoredRecord: Hashable, Sendable {
    public let key: [UInt8]
    public let value: [UInt8]

    public init(_ key: [UInt8], _ value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

extension StoredRecord: CustomStringConvertible {
    public var description: String { "\(key): \(value)" }
}

extension StorageReader {
    /// A copy of the value of `key`; nil where there is none.
    public func value(of key: [UInt8]) throws(StorageError) -> [UInt8]? {
        try Key(key).withUnsafeBytes { key throws(StorageError) in
            try get(key) { value in [UInt8](value) }
        }
    }

    /// Copies of the first `limit` records of `range`, in the order of the keys or against it.
    public func records(
        in range: KeyRange = .all, reverse: Bool = false, fillingCache: Bool = true, limit: Int = .max
    ) throws(StorageError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        guard limit > 0 else { return records }
        try scan(range, reverse: reverse, fillingCache: fillingCache) { key, value in
            records.append(StoredRecord([UInt8](key), [UInt8](value)))
            return records.count < limit ? .next : .stop
        }
        return records
    }
}

extension StorageEngine {
    /// Puts one record by a batch of its own.
    public func put(_ key: [UInt8], _ value: [UInt8], durably: Bool = false) throws(StorageError) {
        var batch = WriteBatch()
        batch.put(Key(key), value)
        try write(batch, durably: durably)
    }

    /// Deletes one record by a batch of its own.
    public func delete(_ key: [UInt8], durably: Bool = false) throws(StorageError) {
        var batch = WriteBatch()
        batch.delete(Key(key))
        try write(batch, durably: durably)
    }

    /// A copy of what `getCached` finds.
    public func cachedValue(of key: [UInt8]) -> CachedRead<[UInt8]> {
        Key(key).withUnsafeBytes { key in
            getCached(key) { value in [UInt8](value) }
        }
    }
}
