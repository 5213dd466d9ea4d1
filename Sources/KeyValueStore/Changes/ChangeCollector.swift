import Storage

/// Gathers what the commands of a group change, in pages.
struct ChangeCollector {
    private struct Pending {
        let kind: ChangeKind
        let namespace: NamespaceID
        let key: [UInt8]
        let record: [UInt8]
    }

    private struct Place: Hashable {
        let namespace: NamespaceID
        let key: [UInt8]
    }

    var pages: [ChangePage] = []
    /// The changes of the command at hand.
    private var pending: [Pending] = []

    mutating func note(_ kind: ChangeKind, _ namespace: NamespaceID, _ key: [UInt8], record: [UInt8] = []) {
        pending.append(Pending(kind: kind, namespace: namespace, key: key, record: record))
    }

    /// Ends a command that succeeded. Of a key that it changed more than once, only the last change is ever seen.
    mutating func keep(_ revision: Revision) {
        if pending.count > 1 { dropSuperseded() }
        for (index, change) in pending.enumerated() {
            if pages.last?.isFull ?? true { pages.append(ChangePage()) }
            pages[pages.count - 1].append(
                change.kind, change.namespace, change.key, record: change.record, revision,
                number: UInt32(clamping: index + 1), isLast: index == pending.count - 1)
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Ends a command that failed.
    mutating func discard() {
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func dropSuperseded() {
        var seen: Set<Place> = []
        let kept = pending.reversed().filter { seen.insert(Place(namespace: $0.namespace, key: $0.key)).inserted }
        guard kept.count < pending.count else { return }
        pending = kept.reversed()
    }
}
