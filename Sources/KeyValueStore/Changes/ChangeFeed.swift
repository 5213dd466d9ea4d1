import DequeModule
import Storage
import Synchronization

/// Tells those who watch a namespace that it changed, and keeps the newest changes of watched namespaces in memory.
///
/// What memory no longer holds is read from the history on disk. Nothing is kept for a single watcher: each has a place in
/// the one order of changes, so that a slow one costs no more than a fast one. Safe to call from any thread.
public final class ChangeFeed: Sendable {
    /// Told of news, on the writer's thread; it must not block.
    public typealias Listener = @Sendable (News) -> Void

    /// What those who watch a namespace are told.
    public enum News: Sendable {
        /// There are changes that were not there before.
        case changes
        /// The namespace has other settings, or was deleted.
        case namespace(Namespace)
    }

    /// Ends with `ChangeFeed.unsubscribe`.
    public struct Subscription: Hashable, Sendable {
        public let namespace: NamespaceID
        fileprivate let number: UInt64
    }

    /// What memory holds behind a place.
    public enum Recent: Sendable {
        /// Changes that are to be gone through, and perhaps others behind them.
        case changes(RecentChanges)
        /// There is nothing behind the place; this one is as new as can be.
        case upToDate(ChangePosition)
        /// Memory does not hold all that lies behind the place; the history may.
        case older
    }

    private struct Feed {
        var pages: Deque<ChangePage> = []
        /// All changes behind this place are in `pages`.
        var start: ChangePosition
        var listeners: [UInt64: Listener] = [:]

        /// The first page that holds anything behind `position`; the pages are in the order of their last places.
        func firstPage(behind position: ChangePosition) -> ChangePage? {
            var (low, high) = (0, pages.count)
            while low < high {
                let middle = (low + high) / 2
                if position < pages[middle].last { high = middle } else { low = middle + 1 }
            }
            return low < pages.count ? pages[low] : nil
        }
    }

    private struct State {
        var feeds: [NamespaceID: Feed] = [:]
        /// The pages of all feeds, oldest first.
        var pages: Deque<ChangePage> = []
        var size = 0
        /// The newest commit that was told of.
        var revision: Revision
        var nextNumber: UInt64 = 0
    }

    /// About what a page takes in memory beside its bytes, in bytes.
    private static let pageOverhead = 512

    private let sizeMax: Int
    private let state: Mutex<State>

    /// - Parameter sizeMax: how much of the changes memory holds, in bytes.
    init(revision: Revision, sizeMax: Int) {
        self.sizeMax = sizeMax
        state = Mutex(State(revision: revision))
    }

    /// The newest commit that was told of.
    public var revision: Revision { state.withLock { $0.revision } }

    // MARK: The writer's side

    /// Hands on what a group changed. Called in the order of the commits.
    func publish(_ pages: [ChangePage], through revision: Revision) {
        let listeners = state.withLock { state -> [Listener] in
            state.revision = revision
            guard !state.feeds.isEmpty else { return [] }
            var touched: Set<NamespaceID> = []
            for page in pages {
                let watched = page.namespaces.filter { state.feeds[$0] != nil }
                guard !watched.isEmpty else { continue }
                touched.formUnion(watched)
                state.pages.append(page)
                state.size += page.bytes.count + Self.pageOverhead
                for namespace in watched { state.feeds[namespace]?.pages.append(page) }
            }
            while state.size > sizeMax, let page = state.pages.popFirst() { forget(page, &state) }
            return touched.flatMap { state.feeds[$0].map { Array($0.listeners.values) } ?? [] }
        }
        for listener in listeners { listener(.changes) }
    }

    private func forget(_ page: ChangePage, _ state: inout State) {
        state.size -= page.bytes.count + Self.pageOverhead
        for namespace in page.namespaces {
            // A feed that is younger than the page never had it.
            guard state.feeds[namespace]?.pages.first?.last == page.last else { continue }
            state.feeds[namespace]?.pages.removeFirst()
            state.feeds[namespace]?.start = page.last
        }
    }

    /// Hands on that a namespace has other settings, or was deleted.
    func publish(_ namespace: Namespace) {
        let listeners = state.withLock { state in state.feeds[namespace.id].map { Array($0.listeners.values) } ?? [] }
        for listener in listeners { listener(.namespace(namespace)) }
    }

    // MARK: The watchers' side

    /// Has `listener` called with all news of a namespace from now on.
    public func subscribe(to namespace: NamespaceID, _ listener: @escaping Listener) -> Subscription {
        state.withLock { state in
            state.nextNumber += 1
            let start = ChangePosition(behind: state.revision)
            state.feeds[namespace, default: Feed(start: start)].listeners[state.nextNumber] = listener
            return Subscription(namespace: namespace, number: state.nextNumber)
        }
    }

    public func unsubscribe(_ subscription: Subscription) {
        state.withLock { state in
            state.feeds[subscription.namespace]?.listeners[subscription.number] = nil
            guard state.feeds[subscription.namespace]?.listeners.isEmpty ?? false else { return }
            state.feeds[subscription.namespace] = nil
        }
    }

    /// The changes of a namespace behind `position`, if memory holds them all. The namespace must be subscribed to.
    public func recent(_ namespace: NamespaceID, behind position: ChangePosition) -> Recent {
        state.withLock { state in
            guard let feed = state.feeds[namespace], position >= feed.start else { return .older }
            guard let page = feed.firstPage(behind: position) else {
                return .upToDate(max(position, ChangePosition(behind: state.revision)))
            }
            return .changes(RecentChanges(namespace: namespace, position: position, page: page))
        }
    }
}

/// The changes of one namespace behind one place, as far as one page of them goes.
public struct RecentChanges: Sendable {
    let namespace: NamespaceID
    let position: ChangePosition
    let page: ChangePage

    /// In bytes, with those of other namespaces that stand between.
    public var size: Int { page.bytes.count }

    /// Calls `visit` with the changes, oldest first, until it says stop.
    ///
    /// - Returns: the place behind all that were passed, without the one that was the last where `visit` said stop.
    public func forEach(_ visit: (Change) -> ScanStep) -> ChangePosition {
        var position = position
        let reachedEnd = page.bytes.span.bytes.withUnsafeBytes { bytes in
            ChangePage.forEachChange(in: bytes, of: namespace, behind: position) { change in
                let step = visit(change)
                if step == .next { position = change.position }
                return step
            }
        }
        return reachedEnd == false ? position : page.last
    }
}
