import KeyValueStore
import NIOCore
import NIOPosix
import Synchronization

/// Whether a server takes reads and writes. Safe to use from any thread.
public final class Readiness: Sendable {
    private let store: KeyValueStore
    private let threads: NIOThreadPool
    private let isStopping = Atomic(false)

    /// After which a store that says nothing counts as one that does not answer.
    private static let patience = TimeAmount.seconds(5)

    /// - Parameter threads: on which is done what may block.
    public init(store: KeyValueStore, threads: NIOThreadPool) {
        self.store = store
        self.threads = threads
    }

    /// From now on the server is not ready, for it stops.
    public func stop() {
        isStopping.store(true, ordering: .relaxed)
    }

    /// Why the server is not ready, on one line; nil where it is. The future does not fail.
    func obstacle(on eventLoop: any EventLoop) -> EventLoopFuture<String?> {
        guard !isStopping.load(ordering: .relaxed) else {
            return eventLoop.makeSucceededFuture(Self.description(of: .closed))
        }
        let promise = eventLoop.makePromise(of: String?.self)
        let timeout = eventLoop.scheduleTask(in: Self.patience) {
            promise.succeed("the store has not answered for \(Self.patience.nanoseconds / 1_000_000_000) seconds")
        }
        threads.runIfActive(eventLoop: eventLoop) { [store] () -> String? in
            do throws(StoreError) {
                try store.checkWritable()
                return nil
            } catch {
                return Self.description(of: error)
            }
        }.recover { _ in Self.description(of: .closed) }.whenSuccess { obstacle in
            timeout.cancel()
            // Does nothing where the time was over before.
            promise.succeed(obstacle)
        }
        return promise.futureResult
    }

    private static func description(of error: StoreError) -> String {
        switch error {
        case .diskFull: "the disk is full down to the reserve; writes are taken again when there is room"
        case .readOnly:
            "the store takes no writes until the server is restarted, for a write failed or its folder is gone; the log says which"
        case .busy: "the disk has taken nothing for more than 5 seconds"
        case .closed: "the server is stopping"
        default: "the store can't be asked; the log says why"
        }
    }
}
