import Storage
import Synchronization

/// Which records nobody can read any more: expired ones, those of deleted namespaces, and namespaces that were deleted
/// long ago.
///
/// Made before the engine is opened, which takes its `filter`; the store tells it of deleted namespaces.
public final class Garbage: Sendable {
    private let goneNamespaces = Mutex<Set<NamespaceID>>([])
    private let clock: @Sendable () -> Timestamp

    public init(clock: @escaping @Sendable () -> Timestamp = Timestamp.now) {
        self.clock = clock
    }

    /// What an engine may drop whenever it rewrites its files.
    public var filter: RecordFilter {
        RecordFilter { [self] in beginPass() }
    }

    /// Finds the namespaces that were deleted but not yet cleared when the store was last closed.
    func loadGoneNamespaces(from reader: some StorageReader) throws(StorageError) {
        try reader.scan(KeyLayout.goneNamespaces, reverse: false, fillingCache: false) { key, _ in
            if let id = KeyLayout.namespaceID(of: key) { insert(id) }
            return .next
        }
    }

    var gone: Set<NamespaceID> { goneNamespaces.withLock { $0 } }

    func insert(_ id: NamespaceID) {
        goneNamespaces.withLock { _ = $0.insert(id) }
    }

    /// Called once nothing of the namespace is left.
    func remove(_ id: NamespaceID) {
        goneNamespaces.withLock { _ = $0.remove(id) }
    }

    func beginPass() -> RecordFilter.IsGarbage {
        let gone = self.gone
        let now = clock()
        return { key, value in
            guard key.first == KeyLayout.Space.record.rawValue else {
                return key.first == KeyLayout.Space.namespace.rawValue && Namespace.isForgotten(value, at: now)
            }
            if !gone.isEmpty, let id = KeyLayout.namespaceID(of: key), gone.contains(id) { return true }
            return RecordView(value)?.isExpired(at: now) ?? false
        }
    }
}
