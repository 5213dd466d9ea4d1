import DequeModule
import HTTPServer
import KeyValueStore
import NIOPosix
import Synchronization

/// The threads that scripts run on, apart from all others and behind them in priority. Safe to use from any thread.
///
/// Buckets take turns. How many jobs may wait or run is bounded, in all, of one bucket and of one client. A bucket whose
/// runs have come in each other's way has them one after the other for a while, so that each sees what the last one wrote.
public final class ScriptThreads: Sendable {
    /// A run, or whatever else takes a script's time.
    struct Job: Sendable {
        let bucket: NamespaceID
        /// Who asks for it; nil where that can't be told.
        let client: ClientAddress?
        /// May leave its answer to be sent with others of its bucket.
        let run: @Sendable (RunBatch) -> Void
        /// Called instead, where the threads have ended.
        let refuse: @Sendable () -> Void
    }

    /// How a job stands to the others of its bucket.
    enum Urgency {
        /// One of many.
        case usual
        /// Was under way before and met a conflict: it is taken however many wait, and the bucket's jobs do not run side by
        /// side for a while.
        case again
        /// Of who manages the bucket: it goes before those of who uses it, and is not bounded by their number.
        case management
    }

    fileprivate struct Bucket {
        var waiting: Deque<Job> = []
        /// How many run.
        var running = 0
        /// Whether it is in its place for a turn.
        var isReady = false
        var contendedUntil: ContinuousClock.Instant?

        var count: Int { waiting.count + running }

        func mayBegin(at now: ContinuousClock.Instant) -> Bool {
            guard !waiting.isEmpty else { return false }
            return running == 0 || !isContended(at: now)
        }

        func isContended(at now: ContinuousClock.Instant) -> Bool {
            contendedUntil.map { now < $0 } ?? false
        }
    }

    fileprivate struct State {
        var count = 0
        var clients: [ClientAddress: Int] = [:]
        var buckets: [NamespaceID: Bucket] = [:]
        /// Those of which a job may begin, in the order of their turns.
        var ready: Deque<NamespaceID> = []
        var idleThreads: Int
        var hasEnded = false
    }

    let numberOfThreads: Int
    private let pool: NIOThreadPool
    private let maxCount: Int
    private let state: Mutex<State>

    /// For how long a bucket's jobs take turns after two came in each other's way.
    fileprivate static let contention = Duration.seconds(1)
    /// How many jobs of those who manage buckets there may be beyond all others.
    fileprivate static let maxManagementCount = 32
    /// How many buckets are looked at without those that have nothing to do being forgotten.
    fileprivate static let maxBucketCount = 1024

    /// - Parameter maxCount: how many jobs may wait or run at once; half as many of one bucket, and of one client.
    public init(numberOfThreads: Int, maxCount: Int = 256) {
        self.numberOfThreads = numberOfThreads
        pool = NIOThreadPool(numberOfThreads: numberOfThreads)
        self.maxCount = maxCount
        state = Mutex(State(idleThreads: numberOfThreads))
        pool.start()
    }

    /// How many jobs wait, and how many threads are busy with one.
    var load: (waiting: Int, busyThreads: Int) {
        state.withLock { state in
            let running = state.buckets.values.reduce(0) { $0 + $1.running }
            return (state.count - running, running)
        }
    }

    /// Ends the threads; jobs that have not begun are refused.
    public func shutdown() async {
        stopTaking()
        try? await pool.shutdownGracefully()
    }

    /// Refuses all jobs that have not begun, and all that come.
    public func stopTaking() {
        let rest = state.withLock { state in
            state.hasEnded = true
            let rest = state.buckets.values.flatMap(\.waiting)
            for id in state.buckets.keys { state.buckets[id]?.waiting = [] }
            return rest
        }
        for job in rest { job.refuse() }
    }

    /// Queues a job.
    ///
    /// - Returns: false, and nothing of it is called, where there are too many.
    func submit(_ job: Job, _ urgency: Urgency = .usual) -> Bool {
        let now = ContinuousClock.now
        enum Entry { case taken, takenByIdleThread, refused, ended }
        let entry = state.withLock { state -> Entry in
            guard !state.hasEnded else { return .ended }
            guard state.hasRoom(for: job, urgency, of: maxCount) else { return .refused }
            state.add(job, urgency, at: now)
            guard state.idleThreads > 0, !state.ready.isEmpty else { return .taken }
            state.idleThreads -= 1
            return .takenByIdleThread
        }
        switch entry {
        case .taken: return true
        case .refused: return false
        case .ended:
            job.refuse()
            return true
        case .takenByIdleThread:
            pool.submit { [self] _ in work() }
            return true
        }
    }

    /// Runs jobs until none may begin.
    private func work() {
        ThreadPriority.lower()
        let batch = RunBatch()
        var next = state.withLock { $0.begin(at: .now) }
        while let job = next {
            job.run(batch)
            next = state.withLock { state in
                state.end(job, at: .now)
                return state.begin(at: .now)
            }
            // No bucket's answers wait for another's script.
            if batch.isDue || next?.bucket != job.bucket { batch.send() }
        }
    }
}

extension ScriptThreads.State {
    func hasRoom(
        for job: ScriptThreads.Job, _ urgency: ScriptThreads.Urgency, of maxCount: Int
    ) -> Bool {
        switch urgency {
        case .again: return true
        case .management: return count < maxCount + ScriptThreads.maxManagementCount
        case .usual:
            let share = max(1, maxCount / 2)
            let ofClient = job.client.flatMap { clients[$0] } ?? 0
            return count < maxCount && buckets[job.bucket]?.count ?? 0 < share && ofClient < share
        }
    }

    mutating func add(
        _ job: ScriptThreads.Job, _ urgency: ScriptThreads.Urgency, at now: ContinuousClock.Instant
    ) {
        if buckets.count >= ScriptThreads.maxBucketCount {
            buckets = buckets.filter { $0.value.count > 0 || $0.value.isContended(at: now) }
        }
        count += 1
        if let client = job.client { clients[client, default: 0] += 1 }
        var bucket = buckets[job.bucket] ?? ScriptThreads.Bucket()
        if urgency == .again { bucket.contendedUntil = now + ScriptThreads.contention }
        if urgency == .management {
            bucket.waiting.prepend(job)
        } else {
            bucket.waiting.append(job)
        }
        buckets[job.bucket] = bucket
        makeReady(job.bucket, at: now)
    }

    /// Takes the next job; nil, and the thread is idle, where none may begin.
    mutating func begin(at now: ContinuousClock.Instant) -> ScriptThreads.Job? {
        while let id = ready.popFirst() {
            guard var bucket = buckets[id] else { continue }
            bucket.isReady = false
            let job = bucket.mayBegin(at: now) ? bucket.waiting.popFirst() : nil
            if job != nil { bucket.running += 1 }
            buckets[id] = bucket
            if let job {
                makeReady(id, at: now)
                return job
            }
        }
        idleThreads += 1
        return nil
    }

    mutating func end(_ job: ScriptThreads.Job, at now: ContinuousClock.Instant) {
        count -= 1
        if let client = job.client, let jobs = clients[client] { clients[client] = jobs > 1 ? jobs - 1 : nil }
        guard var bucket = buckets[job.bucket] else { return }
        bucket.running -= 1
        buckets[job.bucket] = bucket.count == 0 && !bucket.isContended(at: now) ? nil : bucket
        makeReady(job.bucket, at: now)
    }

    /// Gives a bucket its place for a turn, if one of its jobs may begin.
    private mutating func makeReady(_ id: NamespaceID, at now: ContinuousClock.Instant) {
        guard let bucket = buckets[id], !bucket.isReady, bucket.mayBegin(at: now) else { return }
        buckets[id]?.isReady = true
        ready.append(id)
    }
}
