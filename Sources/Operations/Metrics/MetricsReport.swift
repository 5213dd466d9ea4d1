import HTTPServer
import KeyValueStore
import NIOCore
import NIOPosix

/// All that a server has counted, gathered when it is asked for.
public struct MetricsReport: Sendable {
    private let traffic: Traffic
    private let store: KeyValueStore
    private let threads: NIOThreadPool
    private let others: @Sendable () -> [MetricFamily]

    /// - Parameters:
    ///   - threads: on which is done what may block.
    ///   - others: gives the metrics of what this target knows nothing of; called on `threads`.
    public init(
        traffic: Traffic, store: KeyValueStore, threads: NIOThreadPool,
        others: @escaping @Sendable () -> [MetricFamily]
    ) {
        self.traffic = traffic
        self.store = store
        self.threads = threads
        self.others = others
    }

    /// The text for Prometheus; fails with a `StorageError` where the store is closed.
    func text(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
        traffic.statistics(on: eventLoop).flatMap { [store, threads, others] traffic in
            threads.runIfActive(eventLoop: eventLoop) {
                let families =
                    MetricFamily.traffic(traffic) + MetricFamily.store(try store.statistics()) + others()
                    + MetricFamily.process(ProcessStatistics())
                return MetricsText(families).buffer
            }
        }
    }
}
