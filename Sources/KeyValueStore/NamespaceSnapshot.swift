import Storage

/// The records of one namespace at one moment, for what takes more than one read. Each call may block on the disk.
public struct NamespaceSnapshot: Sendable {
    private let snapshot: any StorageSnapshot
    private let store: KeyValueStore
    public let namespace: Namespace
    /// By which records have expired.
    let time: Timestamp

    init(snapshot: any StorageSnapshot, store: KeyValueStore, namespace: Namespace, time: Timestamp) {
        self.snapshot = snapshot
        self.store = store
        self.namespace = namespace
        self.time = time
    }

    /// Calls `visit` with key and record of all that has not expired, in byte order of the keys or against it.
    ///
    /// - Parameters:
    ///   - prefix: with what the keys begin.
    ///   - after: the key behind which to begin (before which, in reverse); it need not exist.
    ///   - stepMax: after how many records, expired ones too, and about how many bytes to pause, so that a long walk is made
    ///     of short calls.
    ///   - visitExpired: called for each record on the way that has expired.
    /// - Returns: the key to go on after, where `stepMax` ended the call; nil where the range or `visit` did.
    /// - Throws: `namespaceDeleted` where it was deleted before the call ended, which then may have missed records;
    ///   `storage`.
    @discardableResult
    public func scan(
        prefix: [UInt8], after: [UInt8]?, reverse: Bool, stepMax: (records: Int, bytes: Int) = (.max, .max),
        visitExpired: () -> ScanStep = { .next },
        _ visit: (_ key: UnsafeRawBufferPointer, RecordView) -> ScanStep
    ) throws(StoreError) -> [UInt8]? {
        var range = KeyLayout.records(of: namespace.id, prefix: prefix)
        if let after {
            let key = KeyLayout.record(namespace.id, after)
            range = reverse ? range.before(key) : range.after(key)
        }
        guard !range.isEmpty else { return nil }
        var count = 0
        var size = 0
        var pausedAt: [UInt8]?
        var isUnreadable = false
        let isLive: Bool
        do throws(StorageError) {
            try snapshot.scan(range, reverse: reverse, fillingCache: true) { key, value in
                let userKey = key.suffix(fromOffset: KeyLayout.recordPrefixLength)
                count += 1
                size += value.count
                switch RecordView.read(value, at: time) {
                case .expired:
                    if visitExpired() == .stop { return .stop }
                case .live(let record):
                    if visit(userKey, record) == .stop { return .stop }
                case .unreadable:
                    isUnreadable = true
                    return .stop
                }
                guard count >= stepMax.records || size >= stepMax.bytes else { return .next }
                pausedAt = Array(userKey)
                return .stop
            }
            guard !isUnreadable else { throw .unreadableRecord }
            isLive = try store.isLive(namespace)
        } catch {
            throw .storage(error)
        }
        // What is deleted vanishes from snapshots, too, so a call that ended after the deletion may have missed records.
        guard isLive else { throw .namespaceDeleted }
        return pausedAt
    }

    /// Calls `body` with the key's record; nil where there is none or it has expired.
    ///
    /// - Throws: `namespaceDeleted` where it was deleted before the call ended, which then may have missed the record;
    ///   `storage`.
    public func record<Result>(_ key: [UInt8], _ body: (RecordView) -> Result) throws(StoreError) -> Result? {
        let storedKey = KeyLayout.record(namespace.id, key)
        let read: RecordView.State<Result>?
        let isLive: Bool
        do throws(StorageError) {
            read = try storedKey.withUnsafeBytes { (key) throws(StorageError) in
                try snapshot.get(key) { bytes in RecordView.read(bytes, at: time).map(body) }
            }
            isLive = try store.isLive(namespace)
        } catch {
            throw .storage(error)
        }
        guard isLive else { throw .namespaceDeleted }
        switch read {
        case .live(let result): return result
        case .expired, nil: return nil
        case .unreadable: throw .storage(.unreadableRecord)
        }
    }
}
