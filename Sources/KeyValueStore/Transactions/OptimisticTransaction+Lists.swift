import Storage

extension OptimisticTransaction {
    public typealias Listed = (key: [UInt8], value: SeenValue?)

    /// The keys in byte order or against it.
    ///
    /// - Parameters:
    ///   - prefix: with what the keys begin.
    ///   - after: the key behind which to begin (before which, in reverse); it need not exist.
    ///   - skip: how many to leave out first.
    ///   - limit: how many there may be.
    /// - Returns: the keys, with their values where `withValues` says so.
    public func list(
        prefix: [UInt8] = [], after: [UInt8]? = nil, reverse: Bool = false, skip: Int = 0, limit: Int = .max,
        withValues: Bool = false
    ) throws(OptimisticError) -> [Listed] {
        var range = KeyRange(prefix: prefix)
        if let after { range = reverse ? range.before(Key(after)) : range.after(Key(after)) }
        guard limit > 0, !range.isEmpty else {
            try countRead()
            return []
        }
        let readCountBefore = readCount
        var walk = ListWalk(self, range, reverse: reverse, skip: skip, limit: limit, withValues: withValues)
        try OptimisticError.wrapping { () throws(StoreError) in
            _ = try snapshot.scan(
                prefix: prefix, after: after, reverse: reverse, visitExpired: { walk.passExpired() }
            ) { key, record in
                walk.visit(Array(key), record)
            }
        }
        walk.finish()
        if let failure = walk.failure { throw failure }
        if readCount == readCountBefore { try countRead() }
        reads.note(walk.seen)
        return walk.found
    }
}

/// Walks over the records of a snapshot together with what is pending and what the transaction itself has written.
private struct ListWalk {
    private let transaction: OptimisticTransaction
    private let range: KeyRange
    private let reverse: Bool
    private let limit: Int
    private let withValues: Bool
    private var skip: Int
    /// What the snapshot does not know, from where the walk has come to.
    private var pending: ArraySlice<SortedKeys<PendingWrites.Entry>.Element>
    private var own: ArraySlice<SortedKeys<OptimisticTransaction.Write>.Element>
    /// The keys that there were before the transaction's own writes.
    private var keys: [[UInt8]: ReadSet.Version] = [:]
    private var last: [UInt8]?
    private var isDone = false
    private var expiredCount = 0
    private var size = 0
    private(set) var found: [OptimisticTransaction.Listed] = []
    private(set) var failure: OptimisticError?

    init(
        _ transaction: OptimisticTransaction, _ range: KeyRange, reverse: Bool, skip: Int, limit: Int,
        withValues: Bool
    ) {
        self.transaction = transaction
        self.range = range
        self.reverse = reverse
        self.skip = skip
        self.limit = limit
        self.withValues = withValues
        pending = transaction.sortedPending.elements(in: range)
        own = transaction.sortedWrites.elements(in: range)
    }

    /// What the list depends on: all that it walked over, and nothing behind.
    var seen: ReadSet.Walk {
        guard isDone, let last else { return ReadSet.Walk(range: range, keys: keys, expiredCount: expiredCount) }
        let walked =
            reverse
            ? KeyRange(lowerBound: Key(last), upperBound: range.upperBound)
            : KeyRange(lowerBound: range.lowerBound, upperBound: Key(last + [0]))
        return ReadSet.Walk(range: walked, keys: keys, expiredCount: expiredCount)
    }

    /// Takes the snapshot's next record, and before it what comes before.
    mutating func visit(_ key: [UInt8], _ record: RecordView) -> ScanStep {
        while let next = nextAside, precedes(next, key) {
            guard take(next, nil) == .next else { return .stop }
        }
        return take(key, record)
    }

    /// Takes what lies behind the snapshot's last record.
    mutating func finish() {
        while !isDone, failure == nil, let next = nextAside { _ = take(next, nil) }
    }

    mutating func passExpired() -> ScanStep {
        expiredCount += 1
        do throws(OptimisticError) {
            try transaction.countExpired()
            return .next
        } catch {
            return fail(error)
        }
    }

    private func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        reverse ? right.lexicographicallyPrecedes(left) : left.lexicographicallyPrecedes(right)
    }

    /// The next key that is pending or of the transaction itself.
    private var nextAside: [UInt8]? {
        let pending = reverse ? pending.last?.key : pending.first?.key
        let own = reverse ? own.last?.key : own.first?.key
        guard let pending, let own else { return pending ?? own }
        return precedes(own, pending) ? own : pending
    }

    /// Takes a key that is in the snapshot, where there is a record, or pending, or of the transaction itself.
    private mutating func take(_ key: [UInt8], _ record: RecordView?) -> ScanStep {
        do throws(OptimisticError) {
            try transaction.countRead()
        } catch {
            return fail(error)
        }
        last = key
        var listed: SeenValue??
        if let entry = Self.pop(key, from: &pending, reverse: reverse) {
            transaction.reads.note(entry.commit)
            listed = entry.value.map { .some($0) }
            if entry.value != nil { keys[key] = withValues ? .pending(entry.commit) : .present }
        } else if let record {
            listed = .some(withValues ? SeenValue(record) : nil)
            keys[key] = withValues ? .revision(record.revision) : .present
            transaction.reads.note(record.expiry)
        }
        if let write = Self.pop(key, from: &own, reverse: reverse) { listed = write.value.map { SeenValue($0) } }
        guard let value = listed else { return .next }
        guard skip <= 0 else {
            skip -= 1
            return .next
        }
        size += key.count + (withValues ? value?.bytes.count ?? 0 : 0)
        guard size <= transaction.limits.size else { return fail(.tooLarge) }
        found.append((key: key, value: withValues ? value : nil))
        isDone = found.count >= limit
        return isDone ? .stop : .next
    }

    private mutating func fail(_ error: OptimisticError) -> ScanStep {
        failure = error
        return .stop
    }

    /// Takes the first element, in the direction of the walk, where it is that of `key`.
    private static func pop<Value>(
        _ key: [UInt8], from elements: inout ArraySlice<SortedKeys<Value>.Element>, reverse: Bool
    ) -> Value? {
        guard let next = reverse ? elements.last : elements.first, next.key == key else { return nil }
        _ = reverse ? elements.removeLast() : elements.removeFirst()
        return next.value
    }
}
