import HashTreeCollections
import Storage
import Synchronization

/// What an optimistic transaction promises to write, from when it is handed to the writer until it has ended.
final class PendingCommit: Sendable {
    private enum State {
        case underWay
        case failed
        case written(Revision)
    }

    /// In the order of the writer's queue.
    let number: UInt64
    let namespace: NamespaceID
    /// Nil for a key that is deleted.
    let writes: SortedKeys<SeenValue?>
    /// The numbers of those of which it has read something.
    let dependencies: Set<UInt64>
    private let state = Mutex(State.underWay)

    init(number: UInt64, namespace: NamespaceID, writes: SortedKeys<SeenValue?>, dependencies: Set<UInt64>) {
        self.number = number
        self.namespace = namespace
        self.writes = writes
        self.dependencies = dependencies
    }

    /// With which revision it was written; nil while it is not.
    var settledRevision: Revision? {
        if case .written(let revision) = state.withLock({ $0 }) { revision } else { nil }
    }

    var hasFailed: Bool {
        if case .failed = state.withLock({ $0 }) { true } else { false }
    }

    func settle(_ revision: Revision) {
        state.withLock { $0 = .written(revision) }
    }

    func fail() {
        state.withLock { $0 = .failed }
    }
}

/// What optimistic transactions promise to write, so that those that come next build on it and need not wait for the disk.
///
/// A promise may be broken: whoever has read of it looks again when it is committed (`ReadSet`).
final class PendingWrites: Sendable {
    struct Entry: Sendable {
        let value: SeenValue?
        let commit: PendingCommit
    }

    /// The promises for one namespace at one moment.
    struct View: Sendable {
        let entries: TreeDictionary<[UInt8], Entry>
        /// The newest commit's number; those behind it are not seen.
        fileprivate let number: UInt64
    }

    private struct NamespaceState {
        /// The newest promise for each key.
        var entries: TreeDictionary<[UInt8], Entry> = [:]
        /// Those under way, in the order of their numbers.
        var commits: [PendingCommit] = []

        /// The place of the first commit whose number is `number` or more.
        func index(of number: UInt64) -> Int {
            var (low, high) = (0, commits.count)
            while low < high {
                let middle = (low + high) / 2
                if commits[middle].number < number {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }

        mutating func insert(_ commit: PendingCommit) {
            for (key, value) in commit.writes.elements { entries[key] = Entry(value: value, commit: commit) }
            commits.append(commit)
        }

        /// - Returns: false where it is not there.
        mutating func remove(_ commit: PendingCommit) -> Bool {
            let index = index(of: commit.number)
            guard index < commits.count, commits[index] === commit else { return false }
            commits.remove(at: index)
            for (key, _) in commit.writes.elements where entries[key]?.commit === commit { entries[key] = nil }
            return true
        }

        /// Takes out a commit that came to nothing, and with it those that build on it.
        mutating func takeOut(failed commit: PendingCommit) {
            guard remove(commit) else { return }
            var failed: Set<UInt64> = [commit.number]
            for later in commits[index(of: commit.number)...] where !failed.isDisjoint(with: later.dependencies) {
                later.fail()
                _ = remove(later)
                failed.insert(later.number)
            }
        }
    }

    private struct State {
        var namespaces: [NamespaceID: NamespaceState] = [:]
        var lastNumber: UInt64 = 0

        mutating func update(_ id: NamespaceID, _ body: (inout NamespaceState) -> Void) {
            guard var namespace = namespaces.removeValue(forKey: id) else { return }
            body(&namespace)
            if !namespace.commits.isEmpty { namespaces[id] = namespace }
        }
    }

    private let state = Mutex(State())

    func view(of id: NamespaceID) -> View {
        state.withLock { state in
            View(entries: state.namespaces[id]?.entries ?? [:], number: state.lastNumber)
        }
    }

    /// Lets others see what a transaction promises, and has `submit` hand it to the writer in the same order.
    ///
    /// - Parameters:
    ///   - reads: what it has read, of `view` too.
    ///   - submit: called under a lock.
    /// - Returns: what `submit` gave; nil, without a call, where what was read is outdated for certain.
    func submit<Result: Sendable>(
        _ writes: SortedKeys<SeenValue?>, after reads: ReadSet, of view: View, in id: NamespaceID,
        _ submit: (PendingCommit) -> Result
    ) -> Result? {
        state.withLock { state in
            var namespace = state.namespaces.removeValue(forKey: id) ?? NamespaceState()
            defer { if !namespace.commits.isEmpty { state.namespaces[id] = namespace } }
            let newer = namespace.commits[namespace.index(of: view.number + 1)...]
            guard !reads.commits.values.contains(where: \.hasFailed), !newer.contains(where: reads.isChanged) else {
                return nil
            }
            state.lastNumber += 1
            let commit = PendingCommit(
                number: state.lastNumber, namespace: id, writes: writes, dependencies: Set(reads.commits.keys))
            if !writes.elements.isEmpty { namespace.insert(commit) }
            return submit(commit)
        }
    }

    /// Ends a commit that was written.
    func end(_ commit: PendingCommit) {
        state.withLock { state in state.update(commit.namespace) { _ = $0.remove(commit) } }
    }

    /// Ends a commit that was not written, and has nobody build on it any more.
    func fail(_ commit: PendingCommit) {
        state.withLock { state in
            // Whoever has read of it has failed with it, or is told when they are submitted.
            commit.fail()
            state.update(commit.namespace) { $0.takeOut(failed: commit) }
        }
    }
}
