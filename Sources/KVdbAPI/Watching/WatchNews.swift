import KeyValueStore
import Synchronization

/// What a loop was told of and has not looked at yet. Safe to use from any thread.
final class WatchNews: Sendable {
    /// What a loop is to be woken for.
    enum Wake {
        case nothing
        case changes
        case namespaces
    }

    private struct State {
        var changed: Set<NamespaceID> = []
        var namespaces: [Namespace] = []
    }

    private let state = Mutex(State())

    func add(_ news: ChangeFeed.News, of namespace: NamespaceID) -> Wake {
        state.withLock { state in
            switch news {
            case .changes:
                defer { state.changed.insert(namespace) }
                return state.changed.isEmpty ? .changes : .nothing
            case .namespace(let namespace):
                defer { state.namespaces.append(namespace) }
                return state.namespaces.isEmpty ? .namespaces : .nothing
            }
        }
    }

    var hasChanged: Bool { state.withLock { !$0.changed.isEmpty } }

    /// The namespaces that have changes.
    func takeChanged() -> Set<NamespaceID> {
        state.withLock { state in
            defer { state.changed = [] }
            return state.changed
        }
    }

    /// The namespaces that have other settings or are gone, in the order of that.
    func takeNamespaces() -> [Namespace] {
        state.withLock { state in
            defer { state.namespaces = [] }
            return state.namespaces
        }
    }
}
