import Storage

/// How far a step through the history came.
public enum HistoryStep: Sendable {
    /// The history does not reach back to the place, or no longer does.
    case lost
    /// There may be more behind this place.
    case paused(ChangePosition)
    /// This is behind all that there was when the step began.
    case end(ChangePosition)
}

extension KeyValueStore {
    /// Calls `visit` with the changes of a namespace that lie behind `position` in the history, oldest first, until it says
    /// stop. May block on the disk.
    ///
    /// - Parameter sizeMax: about how many bytes of the history to look at in this call.
    /// - Returns: the place to go on at, without the change at which `visit` said stop.
    public func readHistory(
        of namespace: NamespaceID, behind position: ChangePosition, sizeMax: Int,
        _ visit: (Change) -> ScanStep
    ) throws(StorageError) -> HistoryStep {
        guard position >= history.start, !history.isUnknown(position.revision) else { return .lost }
        let newest = ChangePosition(behind: changes.revision)
        var place = position
        var size = 0
        var isStopped = false
        var isUnreadable = false
        try engine.scan(KeyLayout.history(behind: position), reverse: false, fillingCache: false) { key, page in
            size += page.count
            let reachedEnd = ChangePage.forEachChange(in: page, of: namespace, behind: position) { change in
                let step = visit(change)
                if step == .next { place = change.position }
                return step
            }
            guard let reachedEnd, let last = KeyLayout.lastPosition(ofHistoryPage: key) else {
                isUnreadable = true
                return .stop
            }
            if reachedEnd { place = last }
            isStopped = !reachedEnd || size >= sizeMax
            return isStopped ? .stop : .next
        }
        guard !isUnreadable else { throw .unreadableHistory }
        // Pages before the start may vanish while they are read.
        guard position >= history.start else { return .lost }
        return isStopped ? .paused(place) : .end(max(place, newest))
    }
}
