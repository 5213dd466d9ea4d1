import HashTreeCollections
import Storage
import Synchronization

/// What an optimistic transaction promises to write, from when it is handed to the writer until it has ended.
final class PendingCommit: Sendable {
    /// In the order of the writer's queue, within one namespace.
    let number: UInt64
    /// Nil for a key that is deleted.
    let writes: SortedKeys<SeenValue?>
    /// The numbers of those of which it has read something.
    let dependencies: Set<UInt64>
    /// `underWay`, `failed`, or the revision that it was written with. The writer, for which all wait, needs no lock for it.
    private let state = Atomic(PendingCommit.underWay)

    private static let underWay: UInt64 = 0
    private static let failed = UInt64.max

    init(number: UInt64, writes: SortedKeys<SeenValue?>, dependencies: Set<UInt64>) {
        self.number = number
        self.writes = writes
        self.dependencies = dependencies
    }

    /// With which revision it was written; nil while it is not.
    var settledRevision: Revision? {
        let state = state.load(ordering: .acquiring)
        return state == Self.underWay || state == Self.failed ? nil : Revision(rawValue: state)
    }

    var hasEnded: Bool { state.load(ordering: .acquiring) != Self.underWay }
    var hasFailed: Bool { state.load(ordering: .acquiring) == Self.failed }

    /// Ends one that is in the store from now on, also one that had failed before its group was run again.
    func settle(_ revision: Revision) {
        state.store(revision.rawValue, ordering: .releasing)
    }

    /// Ends one that came to nothing, unless it has ended already.
    func fail() {
        _ = state.compareExchange(
            expected: Self.underWay, desired: Self.failed, ordering: .acquiringAndReleasing)
    }
}

/// What optimistic transactions promise to write, so that those that come next build on it and need not wait for the disk.
///
/// A promise may be broken: whoever has read of it looks again when it is committed (`ReadSet`). The locks are held by threads
/// that stand behind all others, so the writer takes none: it marks the commits that have ended, and they are taken out by
/// whoever comes next.
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
        /// In the order of their numbers.
        var commits: [PendingCommit] = []

        /// The commits whose numbers are behind `number`.
        func commits(behind number: UInt64) -> ArraySlice<PendingCommit> {
            var (low, high) = (0, commits.count)
            while low < high {
                let middle = (low + high) / 2
                if commits[middle].number <= number {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return commits[low...]
        }

        mutating func insert(_ commit: PendingCommit) {
            for (key, value) in commit.writes.elements { entries[key] = Entry(value: value, commit: commit) }
            commits.append(commit)
        }

        /// Takes out the commits that have ended, and with those that came to nothing all that build on them.
        mutating func removeEnded() {
            guard commits.contains(where: \.hasEnded) else { return }
            var failed: Set<UInt64> = []
            var rest: [PendingCommit] = []
            for commit in commits {
                if !failed.isDisjoint(with: commit.dependencies) { commit.fail() }
                guard commit.hasEnded else {
                    rest.append(commit)
                    continue
                }
                if commit.hasFailed { failed.insert(commit.number) }
                for (key, _) in commit.writes.elements where entries[key]?.commit === commit { entries[key] = nil }
            }
            commits = rest
        }
    }

    /// The namespaces that share a lock, those with promises.
    private final class Stripe: Sendable {
        let namespaces = Mutex<[NamespaceID: NamespaceState]>([:])
    }

    /// Namespaces are numbered in order, so that few of those in use at a time meet in one.
    private let stripes = (0..<64).map { _ in Stripe() }
    private let lastNumber = Atomic<UInt64>(0)

    func view(of id: NamespaceID) -> View {
        update(id) { View(entries: $0.entries, number: lastNumber.load(ordering: .relaxed)) }
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
        // First without the lock, under which only those are left that come meanwhile.
        let (newer, number) = update(id) {
            (newer: $0.commits(behind: view.number), number: lastNumber.load(ordering: .relaxed))
        }
        guard !newer.contains(where: reads.isChanged) else { return nil }
        let dependencies = Set(reads.commits.keys)
        return update(id) { namespace in
            guard !reads.commits.values.contains(where: \.hasFailed),
                !namespace.commits(behind: number).contains(where: reads.isChanged)
            else { return nil }
            let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
            let commit = PendingCommit(number: number, writes: writes, dependencies: dependencies)
            if !writes.elements.isEmpty { namespace.insert(commit) }
            return submit(commit)
        }
    }

    /// Takes out what has ended, for namespaces to which nobody comes any more.
    func removeEnded() {
        for stripe in stripes {
            for id in stripe.namespaces.withLock({ Array($0.keys) }) { update(id) { _ in } }
        }
    }

    /// Calls `body`, under the lock, with what is pending in a namespace.
    private func update<Result: Sendable>(
        _ id: NamespaceID, _ body: (inout NamespaceState) -> Result
    ) -> Result {
        let stripe = stripes[Int(id.rawValue % UInt64(stripes.count))]
        return stripe.namespaces.withLock { namespaces in
            var namespace = namespaces.removeValue(forKey: id) ?? NamespaceState()
            defer { if !namespace.commits.isEmpty { namespaces[id] = namespace } }
            namespace.removeEnded()
            return body(&namespace)
        }
    }
}
