import Storage

/// What an optimistic transaction has read, to be looked at again when it is committed.
struct ReadSet: Sendable {
    /// What was seen of a key.
    enum Version: Sendable {
        case absent
        /// There was such a key, and nothing more was looked at.
        case present
        case revision(Revision)
        /// What a transaction promises that was handed to the writer before.
        case pending(PendingCommit)
    }

    /// The keys that a list has walked over.
    struct Walk: Sendable {
        let range: KeyRange
        /// Those that there were, by key.
        let keys: [[UInt8]: Version]

        /// Whether it would go otherwise after `key` is set, or deleted where `value` is nil.
        fileprivate func isChanged(by key: [UInt8], _ value: SeenValue?) -> Bool {
            switch keys[key] {
            case .absent, nil: value != nil
            case .present: value == nil
            case .revision, .pending: true
            }
        }
    }

    /// The keys that were read by name.
    private(set) var keys: [[UInt8]: Version] = [:]
    private(set) var walks: [Walk] = []
    /// The commits of which something was seen, deletions too, by their numbers.
    private(set) var commits: [UInt64: PendingCommit] = [:]
    /// About how much memory it holds, in bytes.
    private(set) var size = 0

    mutating func note(_ key: [UInt8], _ version: Version) {
        guard keys.updateValue(version, forKey: key) == nil else { return }
        size += key.count + Self.entryOverhead
    }

    mutating func note(_ walk: Walk) {
        walks.append(walk)
        size += walk.keys.reduce(Self.entryOverhead) { $0 + $1.key.count + Self.entryOverhead }
    }

    mutating func note(_ commit: PendingCommit) {
        commits[commit.number] = commit
    }

    /// Whether anything that was read is otherwise after this commit.
    func isChanged(by commit: PendingCommit) -> Bool {
        commit.writes.elements.contains { keys[$0.key] != nil }
            || walks.contains { walk in
                commit.writes.elements(in: walk.range).contains { walk.isChanged(by: $0.key, $0.value) }
            }
    }

    private static let entryOverhead = 64
}

extension WriteTransaction {
    /// - Throws: `conflict` where anything is not as it was read; `storage`.
    func check(_ reads: ReadSet, _ namespace: Namespace) throws(StoreError) {
        for (key, version) in reads.keys {
            let revision = try record(namespace, key) { $0.revision }
            guard isCurrent(version, at: revision) else { throw .conflict }
        }
        guard !reads.walks.isEmpty else { return }
        let changed = changedRecords(of: namespace)
        for walk in reads.walks { try check(walk, namespace, changed) }
    }

    /// Whether a key that is at `revision`, nil where there is none, is as it was read.
    private func isCurrent(_ version: ReadSet.Version, at revision: Revision?) -> Bool {
        switch version {
        case .absent: revision == nil
        case .present: revision != nil
        case .revision(let seen): revision == seen
        case .pending(let commit): revision != nil && revision == self.revision(of: commit)
        }
    }

    /// Looks at the records of a walk's range as they are now.
    ///
    /// - Parameter changed: the namespace's records that the group at hand changes.
    private func check(
        _ walk: ReadSet.Walk, _ namespace: Namespace, _ changed: SortedKeys<Write>
    ) throws(StoreError) {
        let range = KeyLayout.records(of: namespace.id, in: walk.range)
        var count = 0
        var failure: StoreError?
        /// - Returns: whether the record is as it was read.
        func matches(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
            switch RecordView.read(value, at: now) {
            case .expired:
                return true
            case .live(let record):
                count += 1
                let version = walk.keys[Array(key.suffix(fromOffset: KeyLayout.recordPrefixLength))]
                if let version, isCurrent(version, at: record.revision) { return true }
                failure = .conflict
            case .unreadable:
                failure = .storage(.unreadableRecord)
            }
            return false
        }
        let changedInRange = changed.elements(in: range)
        for (key, write) in changedInRange {
            guard case .put(let value) = write else { continue }
            guard key.withUnsafeBytes({ key in value.withUnsafeBytes { matches(key, $0) } }) else { break }
        }
        if failure == nil {
            try StoreError.wrapping { () throws(StorageError) in
                try engine.scan(range, reverse: false, fillingCache: true) { key, value in
                    if !changedInRange.isEmpty, changes[Key(key)] != nil { return .next }
                    return matches(key, value) ? .next : .stop
                }
            }
        }
        if let failure { throw failure }
        guard count == walk.keys.count else { throw .conflict }
    }

    private func changedRecords(of namespace: Namespace) -> SortedKeys<Write> {
        let range = KeyLayout.records(of: namespace.id)
        return SortedKeys(changes.lazy.filter { range.contains($0.key) }.map { ($0.key.bytes, $0.value) })
    }
}
