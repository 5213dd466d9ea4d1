import KeyValueStore

/// What a watcher is told of: those with the same filter and the same place are sent the same bytes.
struct WatchFilter: Hashable, Sendable {
    let namespace: NamespaceID
    let prefix: [UInt8]
    /// Whether a set key's value is sent along.
    let values: Bool

    func includes(_ change: Change) -> Bool {
        change.key.starts(with: prefix)
    }
}
