import Storage

/// What a store tells of itself at one moment.
public struct StoreStatistics: Sendable {
    public let writer: WriterStatistics
    /// Of the changes that are kept for those who watch, in bytes.
    public let historySize: UInt64
    public let engine: EngineStatistics
}

extension KeyValueStore {
    /// May block on the disk.
    ///
    /// - Throws: `closed`.
    public func statistics() throws(StorageError) -> StoreStatistics {
        StoreStatistics(writer: writer.statistics, historySize: history.size, engine: try engine.statistics())
    }

    /// Makes sure, as far as can be told without a write, that the store takes writes. May block on the disk.
    ///
    /// - Throws: `readOnly`, `closed` and `diskFull`; `busy` where the disk hangs.
    public func checkWritable() throws(StoreError) {
        if let refusal = writer.refusal { throw refusal }
        guard !writer.isStuck else { throw .busy }
        // The housekeeping, which looks each second, has the last word.
        guard directory?.isInPlace ?? true else { throw .readOnly }
        do throws(StorageError) {
            try engine.checkSpace()
        } catch {
            throw error.code == .outOfSpace ? .diskFull : .storage(error)
        }
    }
}
