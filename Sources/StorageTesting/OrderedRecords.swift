import Storage

/// Records in the order of their keys; a copy shares all of its storage until one of the two changes.
///
/// The records lie in chunks of bounded size, so that a change of a shared copy copies one chunk and the list of chunks.
struct OrderedRecords {
    struct Record {
        let key: Key
        let value: [UInt8]

        /// Calls `body` with the bytes of key and value, which are valid only during the call.
        func withUnsafeBytes<Result>(
            _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Result
        ) -> Result {
            key.withUnsafeBytes { key in
                value.withUnsafeBytes { value in body(key, value) }
            }
        }
    }

    private static let maxChunkSize = 256

    /// None of them empty.
    private var chunks: [[Record]] = []

    subscript(key: Key) -> [UInt8]? {
        guard let chunk = chunkIndex(of: key) else { return nil }
        let index = Self.index(of: key, in: chunks[chunk])
        guard index < chunks[chunk].count, chunks[chunk][index].key == key else { return nil }
        return chunks[chunk][index].value
    }

    mutating func put(_ key: Key, _ value: [UInt8]) {
        guard !chunks.isEmpty else {
            chunks = [[Record(key: key, value: value)]]
            return
        }
        let chunk = chunkIndex(of: key) ?? 0
        let index = Self.index(of: key, in: chunks[chunk])
        if index < chunks[chunk].count, chunks[chunk][index].key == key {
            chunks[chunk][index] = Record(key: key, value: value)
            return
        }
        chunks[chunk].insert(Record(key: key, value: value), at: index)
        if chunks[chunk].count > Self.maxChunkSize {
            let half = Array(chunks[chunk][(Self.maxChunkSize / 2)...])
            chunks[chunk].removeLast(half.count)
            chunks.insert(half, at: chunk + 1)
        }
    }

    mutating func delete(_ key: Key) {
        guard let chunk = chunkIndex(of: key) else { return }
        let index = Self.index(of: key, in: chunks[chunk])
        guard index < chunks[chunk].count, chunks[chunk][index].key == key else { return }
        chunks[chunk].remove(at: index)
        if chunks[chunk].isEmpty {
            chunks.remove(at: chunk)
        }
    }

    /// Calls `visit` with each record of `range`, in the order of the keys or against it, until it says stop.
    func scan(_ range: KeyRange, reverse: Bool, _ visit: (Record) -> ScanStep) {
        guard !range.isEmpty else { return }
        if reverse {
            scanBackward(range, visit)
        } else {
            scanForward(range, visit)
        }
    }

    private func scanForward(_ range: KeyRange, _ visit: (Record) -> ScanStep) {
        guard !chunks.isEmpty else { return }
        let first = chunkIndex(of: range.lowerBound) ?? 0
        for chunk in chunks[first...] {
            for record in chunk where record.key >= range.lowerBound {
                guard range.contains(record.key) else { return }
                guard visit(record) == .next else { return }
            }
        }
    }

    private func scanBackward(_ range: KeyRange, _ visit: (Record) -> ScanStep) {
        let last = range.upperBound.map { bound in chunkIndex(of: bound) ?? -1 } ?? chunks.count - 1
        guard last >= 0 else { return }
        for chunk in chunks[...last].reversed() {
            for record in chunk.reversed() {
                guard record.key >= range.lowerBound else { return }
                guard range.contains(record.key) else { continue }
                guard visit(record) == .next else { return }
            }
        }
    }

    /// The last chunk that begins at or before `key`; nil where all begin behind it.
    private func chunkIndex(of key: Key) -> Int? {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle][0].key <= key {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low == 0 ? nil : low - 1
    }

    /// The index of the first record at or behind `key`.
    private static func index(of key: Key, in chunk: [Record]) -> Int {
        var low = 0
        var high = chunk.count
        while low < high {
            let middle = (low + high) / 2
            if chunk[middle].key < key {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
