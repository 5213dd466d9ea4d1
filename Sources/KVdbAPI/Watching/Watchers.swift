import KeyValueStore
import Logging
import NIOCore
import Storage
import Synchronization

/// All watchers of the API, on all event loops. Safe to use from any thread.
final class Watchers<Engine: StorageEngine>: Sendable {
    private let store: KeyValueStore<Engine>
    private let threads: ListThreads
    private let heartbeatInterval: TimeAmount
    private let countMax: Int
    private let logger: Logger
    private let count = Atomic(0)
    private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<WatchLoop<Engine>>]>([:])

    /// - Parameters:
    ///   - threads: on which the history is read.
    ///   - heartbeatInterval: after how much quiet a watcher is told how far the commits are.
    ///   - countMax: how many may watch at once.
    init(
        store: KeyValueStore<Engine>, threads: ListThreads, heartbeatInterval: TimeAmount, countMax: Int, logger: Logger
    ) {
        self.store = store
        self.threads = threads
        self.heartbeatInterval = heartbeatInterval
        self.countMax = countMax
        self.logger = logger
    }

    /// Begins to hear of a namespace for one more watcher. Called on `eventLoop`.
    ///
    /// - Returns: nil where there are too many.
    func enter(_ namespace: NamespaceID, on eventLoop: any EventLoop) -> WatchPlace<Engine>? {
        guard count.add(1, ordering: .relaxed).newValue <= countMax else {
            leave()
            return nil
        }
        let loop = loop(eventLoop)
        return WatchPlace(namespace, newest: loop.enter(namespace), loop, self)
    }

    fileprivate func leave() {
        count.subtract(1, ordering: .relaxed)
    }

    private func loop(_ eventLoop: any EventLoop) -> WatchLoop<Engine> {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = NIOLoopBound(
                WatchLoop(
                    eventLoop: eventLoop, store: store, threads: threads, heartbeatInterval: heartbeatInterval,
                    logger: logger),
                eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }.value
    }
}

/// One watcher's place among all, to be given back once.
struct WatchPlace<Engine: StorageEngine>: Sendable {
    let namespace: NamespaceID
    /// The newest commit whose changes the watcher is not told of, where it asks for none before.
    let newest: Revision
    private let boundLoop: NIOLoopBound<WatchLoop<Engine>>
    private let watchers: Watchers<Engine>

    fileprivate init(
        _ namespace: NamespaceID, newest: Revision, _ loop: WatchLoop<Engine>, _ watchers: Watchers<Engine>
    ) {
        self.namespace = namespace
        self.newest = newest
        self.watchers = watchers
        boundLoop = NIOLoopBound(loop, eventLoop: loop.eventLoop)
    }

    /// That of the event loop. Used on it alone.
    var loop: WatchLoop<Engine> { boundLoop.value }
    var eventLoop: any EventLoop { boundLoop.eventLoop }

    /// Called on the event loop.
    func leave() {
        loop.leave(namespace)
        watchers.leave()
    }
}
