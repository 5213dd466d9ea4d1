import DequeModule
import KeyValueStore
import Logging
import NIOCore
import Storage

/// The watchers of one event loop: makes what they are sent, once for all that want the same. Used on that loop alone.
///
/// However many watch, it takes but a small part of the loop's time, so that those who write and read are not held up. A
/// watcher that falls behind finds what it missed in memory or in the history.
final class WatchLoop<Engine: StorageEngine> {
    /// How many pages of changes are looked at in one go, for one filter.
    private static var pagesPerTurn: Int { 16 }

    /// A namespace that is watched.
    private struct Topic {
        let subscription: ChangeFeed.Subscription
        /// How many entered and have not left.
        var count = 0
        var streams: [ObjectIdentifier: WatchStream<Engine>] = [:]
        /// Those who have asked for a piece.
        var waiting: [WatchFilter: [ObjectIdentifier: WatchStream<Engine>]] = [:]
    }

    /// What watchers at one place are to be sent.
    private enum Next {
        case piece(ByteBuffer, ChangePosition)
        /// Nothing for them up to this place; there may be more behind it.
        case nothing(ChangePosition, isUpToDate: Bool)
        case older
    }

    let eventLoop: any EventLoop
    private let store: KeyValueStore<Engine>
    private let history: HistoryReader<Engine>
    private let heartbeatInterval: TimeAmount
    private let logger: Logger
    private var topics: [NamespaceID: Topic] = [:]
    /// Filters whose waiting watchers are to be looked after, each once.
    private var due: Deque<WatchFilter> = []
    private var isDue: Set<WatchFilter> = []
    private var outbox: Deque<(WatchStream<Engine>, ByteBuffer)> = []
    private var budget = WorkBudget(now: .now())
    private var isScheduled = false
    private var clockTask: RepeatedTask?
    private let news = WatchNews()

    init(
        eventLoop: any EventLoop, store: KeyValueStore<Engine>, threads: ListThreads, heartbeatInterval: TimeAmount,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.store = store
        history = HistoryReader(store: store, threads: threads)
        self.heartbeatInterval = heartbeatInterval
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

    func add(_ stream: WatchStream<Engine>) {
        topics[stream.filter.namespace]?.streams[ObjectIdentifier(stream)] = stream
        startClock()
    }

    func remove(_ stream: WatchStream<Engine>) {
        stopWaiting(stream)
        topics[stream.filter.namespace]?.streams[ObjectIdentifier(stream)] = nil
    }

    private func stopWaiting(_ stream: WatchStream<Engine>) {
        let filter = stream.filter
        topics[filter.namespace]?.waiting[filter]?[ObjectIdentifier(stream)] = nil
        guard topics[filter.namespace]?.waiting[filter]?.isEmpty ?? false else { return }
        topics[filter.namespace]?.waiting[filter] = nil
    }

    /// Has a watcher be sent what comes next.
    func wait(_ stream: WatchStream<Engine>) {
        topics[stream.filter.namespace]?.waiting[stream.filter, default: [:]][ObjectIdentifier(stream)] = stream
        setDue(stream.filter)
    }

    // MARK: News

    /// Has each watcher of a namespace that has other settings looked at, at once.
    private func takeNamespaces() {
        for namespace in news.takeNamespaces() {
            for stream in topics[namespace.id]?.streams.values.map({ $0 }) ?? [] { stream.namespaceChanged(namespace) }
        }
    }

    private func takeChanges() {
        for namespace in news.takeChanged() {
            for filter in topics[namespace]?.waiting.keys.map({ $0 }) ?? [] { setDue(filter) }
        }
    }

    private func startClock() {
        guard clockTask == nil else { return }
        let interval = min(heartbeatInterval, .seconds(1))
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        clockTask = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
    }

    /// Ends those whose credential is over, and tells those who have heard nothing for long how far the commits are.
    private func tick() {
        let now = NIODeadline.now()
        let time = store.clock()
        for stream in topics.values.flatMap({ $0.streams.values }) { stream.endIfExpired(at: time) }
        for (filter, streams) in topics.values.flatMap(\.waiting) {
            for stream in streams.values where now - stream.lastPiece >= heartbeatInterval {
                if case .upToDate(let newest) = store.changes.recent(filter.namespace, behind: stream.position) {
                    stream.position = newest
                }
                var writer = EventWriter()
                writer.heartbeat(stream.position)
                post(writer.buffer, to: stream)
            }
        }
        schedule()
    }

    // MARK: Work

    private func setDue(_ filter: WatchFilter) {
        if isDue.insert(filter).inserted { due.append(filter) }
        schedule()
    }

    private func post(_ piece: ByteBuffer, to stream: WatchStream<Engine>) {
        stopWaiting(stream)
        outbox.append((stream, piece))
    }

    private func schedule() {
        guard !isScheduled, !due.isEmpty || !outbox.isEmpty || news.hasChanged else { return }
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        // Never at once: what is to be sent may be asked for from within a connection's own work.
        eventLoop.scheduleTask(deadline: budget.nextSlice) { bound.value.work() }
    }

    private func work() {
        let start = NIODeadline.now()
        var end = start
        takeChanges()
        repeat {
            if let (stream, piece) = outbox.popFirst() {
                stream.send(piece)
            } else if let filter = due.popFirst() {
                isDue.remove(filter)
                prepare(filter)
            } else {
                break
            }
            end = .now()
        } while end - start < WorkBudget.slice
        budget.spend(from: start, to: end)
        isScheduled = false
        schedule()
    }

    /// Makes what the waiting watchers of a filter are sent next.
    private func prepare(_ filter: WatchFilter) {
        let byPosition = Dictionary(
            grouping: (topics[filter.namespace]?.waiting[filter] ?? [:]).values, by: \.position)
        for (position, streams) in byPosition {
            switch next(filter, behind: position) {
            case .piece(let piece, let position):
                for stream in streams {
                    stream.position = position
                    post(piece, to: stream)
                }
            case .nothing(let position, let isUpToDate):
                for stream in streams { stream.position = position }
                if !isUpToDate { setDue(filter) }
            case .older:
                readHistory(filter, behind: position, for: streams)
            }
        }
    }

    private func next(_ filter: WatchFilter, behind start: ChangePosition) -> Next {
        var position = start
        var writer = EventWriter()
        for _ in 0..<Self.pagesPerTurn {
            switch store.changes.recent(filter.namespace, behind: position) {
            case .upToDate(let newest):
                return writer.isEmpty ? .nothing(newest, isUpToDate: true) : .piece(writer.buffer, position)
            case .older:
                return writer.isEmpty ? .older : .piece(writer.buffer, position)
            case .changes(let recent):
                position = recent.forEach { change in writer.take(change, filter) }
                if writer.isFull { return .piece(writer.buffer, position) }
            }
        }
        return writer.isEmpty ? .nothing(position, isUpToDate: false) : .piece(writer.buffer, position)
    }

    // MARK: History

    /// Reads on where memory does not reach back to, once for all who are at that place.
    private func readHistory(
        _ filter: WatchFilter, behind position: ChangePosition, for streams: [WatchStream<Engine>]
    ) {
        for stream in streams { stopWaiting(stream) }
        let found = history.read(filter, behind: position, on: eventLoop)
        found.assumeIsolated().whenComplete { result in
            let streams = streams.filter { !$0.isEnded }
            switch result {
            case .success(.piece(let piece, let position)):
                for stream in streams {
                    stream.position = position
                    self.post(piece, to: stream)
                }
            case .success(.end(let position)):
                for stream in streams {
                    stream.position = position
                    self.wait(stream)
                }
            case .success(.lost):
                self.clear(streams)
            case .failure(StoreError.storage(let error)):
                self.logger.error("the history of changes could not be read", metadata: ["error": "\(error)"])
                self.clear(streams)
            case .failure:
                // The threads take no more work.
                for stream in streams { stream.end() }
            }
            self.schedule()
        }
    }

    /// Has watchers begin anew with what comes from now on.
    private func clear(_ streams: [WatchStream<Engine>]) {
        let newest = ChangePosition(behind: store.changes.revision)
        var writer = EventWriter()
        writer.clear(newest)
        for stream in streams {
            stream.position = newest
            post(writer.buffer, to: stream)
        }
    }
}
