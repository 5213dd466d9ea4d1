import Storage
import Synchronization

/// Which records nobody can read any more: those of deleted namespaces, scripts too, namespaces that were deleted long ago, and what lies
/// before the history's start. An expired record is none before its expiry was told of, with which it is deleted.
///
/// Made before the engine is opened, which takes its `filter`; the store tells it of deleted namespaces.
public final class Garbage: Sendable {
    private let goneNamespaces = Mutex<Set<NamespaceID>>([])
    private let historyStart = Mutex(ChangePosition(behind: .zero))
    private let clock: @Sendable () -> Timestamp

    public init(clock: @escaping @Sendable () -> Timestamp = Timestamp.now) {
        self.clock = clock
    }

    /// What an engine may drop whenever it rewrites its files.
    public var filter: RecordFilter {
        RecordFilter { [self] in beginPass() }
    }

    /// Finds the namespaces that were deleted but not yet cleared when the store was last closed.
    func loadGoneNamespaces(from reader: any StorageReader) throws(StorageError) {
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

    func isGone(_ id: NamespaceID) -> Bool { goneNamespaces.withLock { $0.contains(id) } }

    func setHistoryStart(_ start: ChangePosition) {
        historyStart.withLock { $0 = start }
    }

    func beginPass() -> RecordFilter.IsGarbage {
        let gone = self.gone
        let historyStart = historyStart.withLock { $0 }
        let now = clock()
        return { key, value in
            switch key.first.flatMap(KeyLayout.Space.init(rawValue:)) {
            case .record, .script:
                guard !gone.isEmpty, let id = KeyLayout.namespaceID(of: key) else { return false }
                return gone.contains(id)
            case .namespace:
                return Namespace.isForgotten(value, at: now)
            case .history:
                return KeyLayout.lastPosition(ofHistoryPage: key).map { $0 <= historyStart } ?? false
            case .meta, .goneNamespace, nil:
                return false
            }
        }
    }
}
