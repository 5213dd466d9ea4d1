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
        /// How many expired records were passed.
        let expiredCount: Int

        /// Whether it would go otherwise after `key` is set, or deleted where `value` is nil.
        fileprivate func isChanged(by key: [UInt8], _ value: SeenValue?) -> Bool {
            switch keys[key] {
            case .absent, nil: value != nil
            case .present: value == nil
            case .revision, .pending: true
            }
        }
    }

    /// Of a snapshot that was read, or an older one: what it has are all changes up to this one, and it may have more.
    let revision: Revision
    /// By which records had expired.
    let time: Timestamp
    /// When the first of the snapshot's records expires of which something was seen; nil where none does.
    private(set) var earliestExpiry: Timestamp?
    /// The keys that were read by name.
    private(set) var keys: [[UInt8]: Version] = [:]
    private(set) var walks: [Walk] = []
    /// The commits of which something was seen, deletions too, by their numbers.
    private(set) var commits: [UInt64: PendingCommit] = [:]
    /// About how much memory it holds, in bytes.
    private(set) var size = 0

    init(revision: Revision, time: Timestamp) {
        self.revision = revision
        self.time = time
    }

    /// Notes when a record expires that was seen.
    mutating func note(_ expiry: Timestamp?) {
        guard let expiry else { return }
        earliestExpiry = min(expiry, earliestExpiry ?? expiry)
    }

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

    /// How many expired records a list may pass for each read that a transaction may make.
    static let expiredPerRead = 16

    private static let entryOverhead = 64
}

extension WriteTransaction {
    /// - Throws: `conflict` where anything is not as it was read; `storage`.
    func check(_ reads: ReadSet, _ namespace: Namespace) throws(StoreError) {
        guard !isSameMoment(reads, namespace) else { return }
        for (key, version) in reads.keys {
            let revision = try record(namespace, key) { $0.revision }
            guard isCurrent(version, at: revision) else { throw .conflict }
        }
        for walk in reads.walks { try check(walk, namespace) }
    }

    /// Whether the namespace is certainly as it was read: all of it from a snapshot, and since then no record was changed
    /// and none of those that were seen has expired.
    private func isSameMoment(_ reads: ReadSet, _ namespace: Namespace) -> Bool {
        guard reads.commits.isEmpty, !mayHaveChanged(namespace, since: reads.revision) else { return false }
        // By a clock that was set back, what had expired is there again.
        guard reads.time <= now else { return false }
        return reads.earliestExpiry.map { $0 > now } ?? true
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

    /// Looks at the records of a walk's range as they are now, and at hardly more than the walk did.
    private func check(_ walk: ReadSet.Walk, _ namespace: Namespace) throws(StoreError) {
        let range = KeyLayout.records(of: namespace.id, in: walk.range)
        var liveCount = 0
        var expiredCount = 0
        var failure: StoreError?
        /// - Returns: whether to go on.
        func passes(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
            switch RecordView.read(value, at: now) {
            case .expired:
                expiredCount += 1
                if expiredCount <= walk.expiredCount + ReadSet.expiredPerRead { return true }
                failure = .conflict
            case .live(let record):
                liveCount += 1
                let version = walk.keys[Array(key.suffix(fromOffset: KeyLayout.recordPrefixLength))]
                if let version, isCurrent(version, at: record.revision) { return true }
                failure = .conflict
            case .unreadable:
                failure = .storage(.unreadableRecord)
            }
            return false
        }
        let changed = changedRecords(namespace, in: range)
        for key in changed {
            guard case .put(let value) = changes[key] else { continue }
            guard key.withUnsafeBytes({ key in value.withUnsafeBytes { passes(key, $0) } }) else { break }
        }
        if failure == nil {
            try StoreError.wrapping { () throws(StorageError) in
                try engine.scan(range, reverse: false, fillingCache: true) { key, value in
                    if !changed.isEmpty, changes[Key(key)] != nil { return .next }
                    return passes(key, value) ? .next : .stop
                }
            }
        }
        if let failure { throw failure }
        guard liveCount == walk.keys.count else { throw .conflict }
    }
}
