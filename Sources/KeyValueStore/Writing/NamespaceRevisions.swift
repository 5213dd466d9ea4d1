import Storage
import Synchronization

/// With which revision the records of each namespace changed last, bounded; the writer notes each change.
final class NamespaceRevisions: Sendable {
    private struct State {
        var revisions: [NamespaceID: Revision] = [:]
        /// None that is not in `revisions` has changed since.
        var lastForgotten: Revision
    }

    private let capacity: Int
    private let state: Mutex<State>

    /// - Parameter lastRevision: the newest that is in the store already.
    init(capacity: Int = 10_000, lastRevision: Revision) {
        self.capacity = capacity
        state = Mutex(State(lastForgotten: lastRevision))
    }

    /// That of the namespace's newest change, or a later one.
    func revision(of id: NamespaceID) -> Revision {
        state.withLock { $0.revisions[id] ?? $0.lastForgotten }
    }

    /// - Parameter revision: newer than all that were noted before.
    func note(_ ids: some Sequence<NamespaceID>, _ revision: Revision) {
        state.withLock { state in
            for id in ids {
                if state.revisions[id] == nil, state.revisions.count >= capacity {
                    state.revisions.removeAll(keepingCapacity: true)
                    state.lastForgotten = revision
                }
                state.revisions[id] = revision
            }
        }
    }
}
