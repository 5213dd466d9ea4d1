import Storage

/// The records of one namespace at one moment, for lists. Each call may block on the disk.
public struct NamespaceSnapshot<Engine: StorageEngine>: Sendable {
    private let snapshot: Engine.Snapshot
    private let namespace: Namespace
    private let time: Timestamp

    init(snapshot: Engine.Snapshot, namespace: Namespace, time: Timestamp) {
        self.snapshot = snapshot
        self.namespace = namespace
        self.time = time
    }

    /// Calls `visit` with key and record of all that has not expired, in byte order of the keys or against it.
    ///
    /// - Parameters:
    ///   - prefix: with what the keys begin.
    ///   - after: the key behind which to begin (before which, in reverse); it need not exist.
    public func scan(
        prefix: [UInt8], after: [UInt8]?, reverse: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, RecordView) -> ScanStep
    ) throws(StorageError) {
        var range = KeyLayout.records(of: namespace.id, prefix: prefix)
        if let after {
            let key = KeyLayout.record(namespace.id, after)
            range = reverse ? range.before(key) : range.after(key)
        }
        guard !range.isEmpty else { return }
        try snapshot.scan(range, reverse: reverse, fillingCache: true) { key, value in
            guard let record = RecordView(value), !record.isExpired(at: time) else { return .next }
            return visit(key.suffix(fromOffset: KeyLayout.recordPrefixLength), record)
        }
    }
}
