import Storage

/// The keys of the records of one namespace that a group changes, as the engine's keys.
struct ChangedRecords {
    /// Each once, in the order in which they were changed first.
    private var keys: [Key] = []
    /// Of the first of `keys`, for as many as were asked for.
    private var sorted = SortedKeys<Void>([])

    var isEmpty: Bool { keys.isEmpty }

    mutating func append(_ key: Key) {
        keys.append(key)
    }

    /// Takes back the last `append`.
    mutating func removeLast() {
        _ = keys.popLast()
        if sorted.elements.count > keys.count { sorted = SortedKeys([]) }
    }

    /// Those in `range`, in order.
    mutating func keys(in range: KeyRange) -> [Key] {
        let new = keys[sorted.elements.count...]
        if !new.isEmpty { sorted = SortedKeys(sorted.elements + new.map { (key: $0.bytes, value: ()) }) }
        return sorted.elements(in: range).map { Key($0.key) }
    }
}
