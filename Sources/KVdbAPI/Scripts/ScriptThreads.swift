import DequeModule
import KeyValueStore
import NIOPosix
import Synchronization

/// The threads that scripts run on, apart from all others and behind them in priority. Safe to use from any thread.
///
/// How many runs may wait is bounded, for all buckets together and for each. A bucket whose runs have come in each other's
/// way has them one after the other for a while, so that each sees what the last one wrote.
public final class ScriptThreads: Sendable {
    /// A run, or whatever takes a script's time.
    private struct Job: Sendable {
        let run: @Sendable () -> Void
        /// Called instead where the threads have ended.
        let refuse: @Sendable () -> Void
    }

    private struct Bucket {
        /// How many jobs wait or run.
        var count = 0
        /// Until when they run one after the other; nil for side by side.
        var contendedUntil: ContinuousClock.Instant?
        /// Whether one of those runs that have turns is on its way.
        var isTaken = false
        var turns: Deque<Job> = []
    }

    private struct State {
        var count = 0
        var buckets: [NamespaceID: Bucket] = [:]
    }

    private let pool: NIOThreadPool
    private let maxWaiting: Int
    private let state = Mutex(State())

    /// For how long a bucket's runs take turns after two came in each other's way.
    private static let contention = Duration.seconds(1)

    /// - Parameter maxWaiting: how many runs may wait or be under way at once; of one bucket half as many.
    public init(numberOfThreads: Int, maxWaiting: Int = 256) {
        pool = NIOThreadPool(numberOfThreads: numberOfThreads)
        self.maxWaiting = maxWaiting
        pool.start()
    }

    /// Ends the threads; jobs that have not begun are refused.
    public func shutdown() async {
        try? await pool.shutdownGracefully()
    }

    /// Queues a job of a bucket.
    ///
    /// - Parameters:
    ///   - isAgain: whether it was under way before and met a conflict; then it is taken however many wait.
    ///   - refuse: called instead of `run` where the threads have ended.
    /// - Returns: false, and nothing is called, where too many wait.
    func submit(
        _ bucket: NamespaceID, isAgain: Bool = false, run: @escaping @Sendable () -> Void,
        refuse: @escaping @Sendable () -> Void
    ) -> Bool {
        let job = Job(run: run, refuse: refuse)
        let now = ContinuousClock.now
        let (isTaken, starts) = state.withLock { state -> (Bool, Bool) in
            var entry = state.buckets[bucket] ?? Bucket()
            guard isAgain || (state.count < maxWaiting && entry.count < max(1, maxWaiting / 2)) else {
                return (false, false)
            }
            if isAgain { entry.contendedUntil = now + Self.contention }
            if let end = entry.contendedUntil, end <= now, entry.turns.isEmpty { entry.contendedUntil = nil }
            state.count += 1
            entry.count += 1
            defer { state.buckets[bucket] = entry }
            guard entry.contendedUntil != nil else { return (true, true) }
            guard entry.isTaken else {
                entry.isTaken = true
                return (true, true)
            }
            entry.turns.append(job)
            return (true, false)
        }
        if starts { start(job, bucket) }
        return isTaken
    }

    private func start(_ job: Job, _ bucket: NamespaceID) {
        pool.submit { [self] poolState in
            if poolState == .active {
                ThreadPriority.lower()
                job.run()
            } else {
                job.refuse()
            }
            if let next = end(bucket) { start(next, bucket) }
        }
    }

    /// Ends a job.
    ///
    /// - Returns: the one whose turn it is.
    private func end(_ bucket: NamespaceID) -> Job? {
        state.withLock { state in
            guard var entry = state.buckets[bucket] else { return nil }
            state.count -= 1
            entry.count -= 1
            let next = entry.turns.popFirst()
            if next == nil { entry.isTaken = false }
            let isForgotten = entry.count == 0 && (entry.contendedUntil.map { $0 <= .now } ?? true)
            state.buckets[bucket] = isForgotten ? nil : entry
            return next
        }
    }
}
