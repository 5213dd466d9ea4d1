import HTTPAPI
import HTTPServer
import KeyValueStore
import Logging
import NIOCore
import Storage
import Synchronization

/// All watchers of the API, on all event loops. Safe to use from any thread.
final class Watchers: Sendable {
    private struct Count {
        var total = 0
        var byAddress: [ClientAddress: Int] = [:]
    }

    private let store: KeyValueStore
    private let threads: ScanThreads
    private let heartbeatInterval: TimeAmount
    private let countMax: Int
    private let logger: Logger
    private let count = Mutex(Count())
    private let sentEvents = EventCount()
    private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<WatchLoop>]>([:])

    /// - Parameters:
    ///   - threads: on which the history is read.
    ///   - heartbeatInterval: after how much quiet a watcher is told how far the commits are.
    ///   - countMax: how many may watch at once, and twice as many as from one address.
    init(
        store: KeyValueStore, threads: ScanThreads, heartbeatInterval: TimeAmount, countMax: Int, logger: Logger
    ) {
        self.store = store
        self.threads = threads
        self.heartbeatInterval = heartbeatInterval
        self.countMax = countMax
        self.logger = logger
    }

    /// How many watch.
    var total: Int { count.withLock { $0.total } }
    /// How many changes were handed to watchers; one counts for each of them.
    var sentEventCount: UInt64 { sentEvents.value }

    /// Begins to hear of a namespace for one more watcher. Called on `eventLoop`.
    ///
    /// - Returns: nil where there are too many.
    func enter(
        _ namespace: NamespaceID, from address: ClientAddress?, on eventLoop: any EventLoop
    ) -> WatchPlace? {
        let isAdmitted = count.withLock { count in
            guard count.total < countMax else { return false }
            if let address {
                guard count.byAddress[address, default: 0] < max(countMax / 2, 1) else { return false }
                count.byAddress[address, default: 0] += 1
            }
            count.total += 1
            return true
        }
        guard isAdmitted else { return nil }
        let loop = loop(eventLoop)
        return WatchPlace(namespace, from: address, newest: loop.enter(namespace), loop, self)
    }

    fileprivate func leave(from address: ClientAddress?) {
        count.withLock { count in
            count.total -= 1
            guard let address, let left = count.byAddress[address].map({ $0 - 1 }) else { return }
            count.byAddress[address] = left > 0 ? left : nil
        }
    }

    private func loop(_ eventLoop: any EventLoop) -> WatchLoop {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = NIOLoopBound(
                WatchLoop(
                    eventLoop: eventLoop, store: store, threads: threads, heartbeatInterval: heartbeatInterval,
                    sentEvents: sentEvents, logger: logger),
                eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }.value
    }
}

/// A count that all event loops add to, once for all who are sent the same.
final class EventCount: Sendable {
    private let count = Atomic<UInt64>(0)

    var value: UInt64 { count.load(ordering: .relaxed) }

    func add(_ count: UInt64) {
        self.count.wrappingAdd(count, ordering: .relaxed)
    }
}

/// One watcher's place among all, to be given back once.
struct WatchPlace: Sendable {
    let namespace: NamespaceID
    /// The newest commit whose changes the watcher is not told of, where it asks for none before.
    let newest: Revision
    private let address: ClientAddress?
    private let boundLoop: NIOLoopBound<WatchLoop>
    private let watchers: Watchers

    fileprivate init(
        _ namespace: NamespaceID, from address: ClientAddress?, newest: Revision, _ loop: WatchLoop,
        _ watchers: Watchers
    ) {
        self.namespace = namespace
        self.address = address
        self.newest = newest
        self.watchers = watchers
        boundLoop = NIOLoopBound(loop, eventLoop: loop.eventLoop)
    }

    /// That of the event loop. Used on it alone.
    var loop: WatchLoop { boundLoop.value }
    var eventLoop: any EventLoop { boundLoop.eventLoop }

    /// Called on the event loop.
    func leave() {
        loop.leave(namespace)
        watchers.leave(from: address)
    }
}
