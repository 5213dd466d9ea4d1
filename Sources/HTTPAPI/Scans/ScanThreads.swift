import KeyValueStore
import NIOCore
import NIOPosix
import Synchronization

/// The threads that lists and the history are read on, apart from those of other reads, which these would hold up.
///
/// Both are read in short steps, so that all that are under way go on by turns. Safe to use from any thread.
public final class ScanThreads: Sendable {
    /// What a step left to be done.
    package enum Progress<Work: Sendable, Result: Sendable>: Sendable {
        case paused(Work)
        case done(Result)
    }

    private let pool: NIOThreadPool
    private let maxStarting: Int
    private let starting = Atomic<Int>(0)
    private let streaming = Atomic<Int>(0)

    /// - Parameter maxStarting: how many lists may be on the way to their first byte at once.
    public init(numberOfThreads: Int, maxStarting: Int = 512) {
        pool = NIOThreadPool(numberOfThreads: numberOfThreads)
        self.maxStarting = maxStarting
        pool.start()
    }

    /// Ends the threads; steps that have not begun fail.
    public func shutdown() async {
        try? await pool.shutdownGracefully()
    }

    /// Counts a list until `endStart`; false, and nothing is counted, where there are too many.
    package func beginStart() -> Bool {
        guard starting.wrappingAdd(1, ordering: .relaxed).newValue <= maxStarting else {
            endStart()
            return false
        }
        return true
    }

    package func endStart() {
        starting.wrappingSubtract(1, ordering: .relaxed)
    }

    /// How many lists are on the way to their first byte, and how many are being sent.
    public var listCounts: (starting: Int, streaming: Int) {
        (starting.load(ordering: .relaxed), streaming.load(ordering: .relaxed))
    }

    func beginStream() {
        streaming.wrappingAdd(1, ordering: .relaxed)
    }

    func endStream() {
        streaming.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Drops what may hold a snapshot, where that may wait.
    package func release<Value: Sendable>(_ value: Value) {
        pool.submit { _ in withExtendedLifetime(value) {} }
    }

    /// Takes one step; fails with what it throws, or where the threads have ended.
    package func step<Result: Sendable>(_ step: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await pool.runIfActive(step)
    }

    /// Takes steps until one is the last; fails with what a step throws, or where the threads have ended.
    package func run<Work: Sendable, Result: Sendable>(
        _ work: Work, on eventLoop: any EventLoop,
        step: @escaping @Sendable (Work) throws(StoreError) -> Progress<Work, Result>
    ) -> EventLoopFuture<Result> {
        pool.runIfActive(eventLoop: eventLoop) { try step(work) }.flatMap { progress in
            switch progress {
            case .paused(let rest): self.run(rest, on: eventLoop, step: step)
            case .done(let result): eventLoop.makeSucceededFuture(result)
            }
        }
    }
}
