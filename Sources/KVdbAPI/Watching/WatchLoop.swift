import HTTPAPI
import KeyValueStore
import Logging
import NIOCore
import Storage

/// The watchers of one event loop: makes what they are sent, once for all that want the same. Used on that loop alone.
///
/// However many watch, it takes but a small part of the loop's time, so that those who write and read are not held up. A
/// watcher that falls behind finds what it missed in memory or in the history.
final class WatchLoop {
    typealias Stream = WatchStream

    /// A namespace that is watched.
    private struct Topic {
        let subscription: ChangeFeed.Subscription
        /// How many entered and have not left.
        var count = 0
        var streams: [ObjectIdentifier: Stream] = [:]
        /// Those who have asked for a piece, and have been given all that there is.
        var waiting: [WatchFilter: [ObjectIdentifier: Stream]] = [:]
        /// Filters whose waiting watchers are to be looked after.
        var due: Set<WatchFilter> = []
    }

    /// Watchers with one filter at one place, who wait for what comes behind it.
    private struct Group {
        let filter: WatchFilter
        var position: ChangePosition
        var streams: [Stream]
    }

    /// What is done in one go, so little that others need not wait for it.
    private enum Work {
        case prepare(WatchFilter)
        case look(Group)
        case send(ByteBuffer, Stream)
    }

    /// About how many bytes of changes are looked at in one go.
    private static var lookSize: Int { 64 << 10 }
    /// How many reads of the history may be under way, for all else that reads on those threads is held up by them.
    private static var historyReadsMax: Int { 2 }
    /// How many watchers' credentials are looked at in one go.
    private static var authorizationsPerTurn: Int { 32 }

    let eventLoop: any EventLoop
    private let store: KeyValueStore
    private let history: HistoryReader
    private let heartbeatInterval: TimeAmount
    private let sentEvents: EventCount
    private let logger: Logger
    private var topics: [NamespaceID: Topic] = [:]
    private var work = FairQueue<Work>()
    private var historyQueue = FairQueue<Group>()
    private var historyReadCount = 0
    private var budget = WorkBudget(now: .now())
    private var isScheduled = false
    private var clockTask: RepeatedTask?
    private let news = WatchNews()

    init(
        eventLoop: any EventLoop, store: KeyValueStore, threads: ScanThreads, heartbeatInterval: TimeAmount,
        sentEvents: EventCount, logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.store = store
        history = HistoryReader(store: store, threads: threads)
        self.heartbeatInterval = heartbeatInterval
        self.sentEvents = sentEvents
        self.logger = logger
    }

    // MARK: Watchers

    /// Begins to hear of a namespace, until as many calls of `leave`.
    ///
    /// - Returns: the newest commit whose changes are told of no more.
    func enter(_ namespace: NamespaceID) -> Revision {
        if topics[namespace] == nil {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            let subscription = store.changes.subscribe(to: namespace) { [news, eventLoop] item in
                switch news.add(item, of: namespace) {
                case .nothing: break
                case .changes: eventLoop.execute { bound.value.schedule() }
                case .namespaces: eventLoop.execute { bound.value.takeNamespaces() }
                }
            }
            topics[namespace] = Topic(subscription: subscription)
        }
        topics[namespace]?.count += 1
        return store.changes.revision
    }

    /// Ends what `enter` began.
    func leave(_ namespace: NamespaceID) {
        topics[namespace]?.count -= 1
        guard let topic = topics[namespace], topic.count == 0 else { return }
        store.changes.unsubscribe(topic.subscription)
        topics[namespace] = nil
        guard topics.isEmpty else { return }
        clockTask?.cancel()
        clockTask = nil
    }

    func add(_ stream: Stream) {
        topics[stream.filter.namespace]?.streams[ObjectIdentifier(stream)] = stream
        startClock()
    }

    func remove(_ stream: Stream) {
        stopWaiting(stream)
        topics[stream.filter.namespace]?.streams[ObjectIdentifier(stream)] = nil
    }

    /// Has a watcher be sent what comes next.
    func wait(_ stream: Stream) {
        startWaiting(stream)
        setDue(stream.filter)
    }

    private func startWaiting(_ stream: Stream) {
        topics[stream.filter.namespace]?.waiting[stream.filter, default: [:]][ObjectIdentifier(stream)] = stream
    }

    private func stopWaiting(_ stream: Stream) {
        let filter = stream.filter
        topics[filter.namespace]?.waiting[filter]?[ObjectIdentifier(stream)] = nil
        guard topics[filter.namespace]?.waiting[filter]?.isEmpty ?? false else { return }
        topics[filter.namespace]?.waiting[filter] = nil
    }

    private func startClock() {
        guard clockTask == nil else { return }
        let interval = min(heartbeatInterval, .seconds(1))
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        clockTask = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
    }

    /// Ends those whose credential is over, and has those looked after who have heard nothing for long.
    private func tick() {
        let now = NIODeadline.now()
        let time = store.clock()
        for stream in topics.values.flatMap({ $0.streams.values }) { stream.endIfExpired(at: time) }
        for (filter, streams) in topics.values.flatMap(\.waiting)
        where streams.values.contains(where: { now - $0.lastPiece >= heartbeatInterval }) {
            setDue(filter)
        }
    }

    // MARK: News

    /// Has each watcher of a namespace that has other settings looked at, at once.
    private func takeNamespaces() {
        for namespace in news.takeNamespaces() {
            authorize((topics[namespace.id]?.streams.values).map { Array($0)[...] } ?? [], in: namespace)
        }
    }

    private func authorize(_ streams: ArraySlice<Stream>, in namespace: Namespace) {
        for stream in streams.prefix(Self.authorizationsPerTurn) { stream.namespaceChanged(namespace) }
        let rest = streams.dropFirst(Self.authorizationsPerTurn)
        guard !rest.isEmpty else { return }
        let bound = NIOLoopBound((loop: self, rest: rest), eventLoop: eventLoop)
        eventLoop.execute { bound.value.loop.authorize(bound.value.rest, in: namespace) }
    }

    private func takeChanges() {
        for namespace in news.takeChanged() {
            for filter in topics[namespace]?.waiting.keys.map({ $0 }) ?? [] { setDue(filter) }
        }
    }

    // MARK: Work

    private func setDue(_ filter: WatchFilter) {
        guard topics[filter.namespace]?.due.insert(filter).inserted ?? false else { return }
        append(.prepare(filter), for: filter)
    }

    private func append(_ item: Work, for filter: WatchFilter) {
        work.append(item, for: filter.namespace)
        schedule()
    }

    private func schedule() {
        guard !isScheduled, !work.isEmpty || news.hasChanged else { return }
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        // Never at once: what is to be sent may be asked for from within a connection's own work.
        eventLoop.scheduleTask(deadline: budget.nextSlice) { bound.value.workForASlice() }
    }

    private func workForASlice() {
        let start = NIODeadline.now()
        var end = start
        takeChanges()
        while end - start < WorkBudget.slice, let item = work.popFirst() {
            switch item {
            case .prepare(let filter): prepare(filter)
            case .look(let group): look(group)
            case .send(let piece, let stream): stream.send(piece)
            }
            end = .now()
        }
        budget.spend(from: start, to: end)
        isScheduled = false
        schedule()
    }

    /// Finds the waiting watchers of a filter that are at the same place.
    private func prepare(_ filter: WatchFilter) {
        topics[filter.namespace]?.due.remove(filter)
        let waiting = topics[filter.namespace]?.waiting.removeValue(forKey: filter) ?? [:]
        for (position, streams) in Dictionary(grouping: waiting.values, by: \.position) {
            append(.look(Group(filter: filter, position: position, streams: streams)), for: filter)
        }
    }

    /// Looks at some of what lies behind a group's place, and has the group be sent what is for it.
    private func look(_ group: Group) {
        var group = group
        group.streams.removeAll(where: \.isEnded)
        guard !group.streams.isEmpty else { return }
        var writer = EventWriter()
        var size = 0
        while size < Self.lookSize, !writer.isFull {
            let recent = store.changes.recent(group.filter.namespace, behind: group.position)
            guard case .changes(let changes) = recent else {
                guard writer.isEmpty else { break }
                return look(group, behindAll: recent)
            }
            group.position = changes.forEach { change in writer.take(change, group.filter) }
            size += changes.size
        }
        if writer.isEmpty {
            append(.look(group), for: group.filter)
        } else {
            send(writer, to: group)
        }
    }

    /// Goes on with a group behind whose place memory holds no change.
    private func look(_ group: Group, behindAll recent: ChangeFeed.Recent) {
        switch recent {
        case .upToDate(let newest): rest(group, at: newest)
        case .older:
            historyQueue.append(group, for: group.filter.namespace)
            readHistory()
        case .changes: append(.look(group), for: group.filter)
        }
    }

    /// Has those wait who have been given all that there is, and tells who has heard nothing for long how far that is.
    private func rest(_ group: Group, at newest: ChangePosition) {
        let now = NIODeadline.now()
        var writer = EventWriter()
        for stream in group.streams {
            stream.position = newest
            if now - stream.lastPiece < heartbeatInterval {
                startWaiting(stream)
                continue
            }
            if writer.isEmpty { writer.heartbeat(newest) }
            append(.send(writer.buffer, stream), for: group.filter)
        }
    }

    /// Has a group be sent a piece that ends at its place.
    private func send(_ events: EventWriter, to group: Group) {
        for stream in group.streams {
            stream.position = group.position
            append(.send(events.buffer, stream), for: group.filter)
        }
        sentEvents.add(UInt64(events.changeCount * group.streams.count))
    }

    // MARK: History

    /// Reads on where memory does not reach back to, once for all who are at that place.
    private func readHistory() {
        while historyReadCount < Self.historyReadsMax, let group = historyQueue.popFirst() {
            historyReadCount += 1
            history.read(group.filter, behind: group.position, on: eventLoop).assumeIsolated().whenComplete { result in
                self.historyReadCount -= 1
                self.take(result, for: group)
                self.readHistory()
            }
        }
    }

    private func take(_ result: Result<HistoryReader.Found, any Error>, for group: Group) {
        var group = group
        switch result {
        case .success(.piece(let events, let position)):
            group.position = position
            send(events, to: group)
        case .success(.end(let position)):
            group.position = position
            append(.look(group), for: group.filter)
        case .success(.lost):
            clear(group)
        case .failure(StoreError.storage(let error)):
            logger.error("the history of changes could not be read", metadata: ["error": "\(error)"])
            clear(group)
        case .failure:
            // The threads take no more work.
            for stream in group.streams { stream.end() }
        }
    }

    /// Has watchers begin anew with what comes from now on.
    private func clear(_ group: Group) {
        var group = group
        group.position = ChangePosition(behind: store.changes.revision)
        var writer = EventWriter()
        writer.clear(group.position)
        send(writer, to: group)
    }
}
