import DequeModule
import Logging
import NIOPosix
import Storage
import Synchronization

/// What the writer keeps up to date with each commit.
struct WriterServices: Sendable {
    let namespaces: NamespaceCache
    let namespaceRevisions: NamespaceRevisions
    let changeFeed: ChangeFeed
    let history: History
    let expiryQueue: ExpiryQueue
    let deletedSpace: DeletedSpace
}

/// The one thread that changes the store.
///
/// Commands queue up; the thread takes all that wait, applies them in order, makes them durable with one write and only
/// then replies. While that write goes to disk the next group gathers, so the cost of a sync is shared by as many as wait.
final class Writer: Sendable {
    /// Told how a command's group ended: nil where it was committed.
    typealias Reply = @Sendable (StoreError?) -> Void

    struct Command: Sendable {
        /// About how much memory it holds, in bytes.
        let size: Int
        /// Whether it gives back more room than it takes, so that it may use the disk's reserve.
        let freesSpace: Bool
        let run: @Sendable (WriteTransaction) -> Reply
        /// Called instead of `run` where the command is not taken.
        let refuse: @Sendable (StoreError) -> Void
    }

    private struct Waiting {
        let command: Command
        let deadline: ContinuousClock.Instant
    }

    private struct State {
        /// In the order of their coming; all have the same patience, so the first is the first to lose it.
        var queue: Deque<Waiting> = []
        /// About how much memory the queue holds, in bytes.
        var queuedSize = 0
        var isDraining = false
        /// When the group was taken that is being committed; nil where none is.
        var groupStart: ContinuousClock.Instant?
        var isSyncDue = false
        /// Why no command is taken any more.
        var refusal: StoreError?
    }

    private let engine: any StorageEngine
    private let services: WriterServices
    private let limits: WriterLimits
    private let durability: Durability
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let counts = Mutex(WriterStatistics())
    /// The newest revision that was committed; only the writer's thread changes it.
    private let lastRevision: Atomic<UInt64>
    private let durableRevision: Atomic<UInt64>

    /// - Parameters:
    ///   - lastRevision: behind which the next one is.
    ///   - durableRevision: that on disk.
    init(
        engine: any StorageEngine, services: WriterServices, lastRevision: Revision, durableRevision: Revision,
        options: StoreOptions, logger: Logger
    ) {
        self.engine = engine
        self.services = services
        self.lastRevision = Atomic(lastRevision.rawValue)
        self.durableRevision = Atomic(durableRevision.rawValue)
        limits = options.writerLimits
        durability = options.durability
        clock = options.clock
        self.logger = logger
        thread.start()
    }

    /// The newest revision that is on disk for certain.
    var newestDurableRevision: Revision { Revision(rawValue: durableRevision.load(ordering: .acquiring)) }

    /// The newest revision that all who read from now on see.
    var newestRevision: Revision { Revision(rawValue: lastRevision.load(ordering: .acquiring)) }

    var queuedCommandCount: Int { state.withLock { $0.queue.count } }

    var statistics: WriterStatistics {
        var statistics = counts.withLock { $0 }
        (statistics.queuedCommands, statistics.queuedSize) = state.withLock { ($0.queue.count, $0.queuedSize) }
        return statistics
    }

    /// Why no command is taken; nil where they are.
    var refusal: StoreError? { state.withLock { $0.refusal } }

    /// Whether a group has been on its way to the disk for longer than any command waits.
    var isStuck: Bool {
        state.withLock { $0.groupStart }.map { ContinuousClock.now - $0 > limits.patience } ?? false
    }

    /// Queues a command. Its reply comes on the writer's thread, or at once, on this one, where it can't be taken.
    func submit(_ command: Command) {
        enqueue(command)()
    }

    /// As `submit`, for a caller that holds a lock: calls nobody.
    ///
    /// - Parameter quietly: whether the thread is not woken for it; `wake` is to follow soon, so that several are committed
    ///   together. Others' commands take it along before.
    /// - Returns: what is to be called at once, without the lock.
    func enqueue(_ command: Command, quietly: Bool = false) -> @Sendable () -> Void {
        let deadline = ContinuousClock.now + limits.patience
        let (refusal, startsDraining) = state.withLock { state -> (StoreError?, Bool) in
            if let refusal = state.refusal { return (refusal, false) }
            guard state.queue.count < limits.queuedCommands, state.queuedSize < limits.queuedSize else {
                return (.busy, false)
            }
            state.queuedSize += command.size
            state.queue.append(Waiting(command: command, deadline: deadline))
            guard !quietly else { return (nil, false) }
            defer { state.isDraining = true }
            return (nil, !state.isDraining)
        }
        if let refusal { return { [self] in refuse([command], refusal) } }
        guard startsDraining else { return {} }
        return { [self] in startDraining() }
    }

    /// Wakes the thread for what was queued quietly.
    func wake() {
        let startsDraining = state.withLock { state in
            guard !state.queue.isEmpty, !state.isDraining else { return false }
            state.isDraining = true
            return true
        }
        if startsDraining { startDraining() }
    }

    /// Refuses the commands that have waited too long, as behind a disk that hangs.
    func refuseOverdue() {
        let now = ContinuousClock.now
        let overdue = state.withLock { state -> [Command] in
            let count = state.queue.prefix { $0.deadline <= now }.count
            let overdue = state.queue.prefix(count).map(\.command)
            state.queue.removeFirst(count)
            state.queuedSize -= overdue.reduce(0) { $0 + $1.size }
            return overdue
        }
        refuse(overdue, .busy)
    }

    private func refuse(_ commands: [Command], _ reason: StoreError) {
        guard !commands.isEmpty else { return }
        counts.withLock { $0.refuse(commands.count, reason) }
        for command in commands { command.refuse(reason) }
    }

    /// Makes what was written without a sync durable, soon.
    func syncSoon() {
        guard newestDurableRevision.rawValue < lastRevision.load(ordering: .acquiring) else { return }
        let startsDraining = state.withLock { state in
            state.isSyncDue = true
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if startsDraining { startDraining() }
    }

    /// Takes no more commands, commits those that wait, syncs what is not yet durable and ends the thread.
    func close() async {
        stopTaking(for: .closed)
        // The thread takes jobs in order, so this one comes after the drain of whoever came before.
        try? await thread.runIfActive { [self] in
            state.withLock { $0.isSyncDue = true }
            drain()
        }
        try? await thread.shutdownGracefully()
        refuseRest()
    }

    /// Refuses all commands from now on, for the reason given.
    ///
    /// - Returns: false where they are refused already, for whatever reason.
    @discardableResult
    func stopTaking(for reason: StoreError) -> Bool {
        state.withLock { state in
            guard state.refusal == nil else { return false }
            state.refusal = reason
            return true
        }
    }

    // MARK: On the writer's thread

    private func startDraining() {
        thread.submit { [self] state in
            // The thread ends only once nothing is taken any more; who was still on the way is told.
            guard state == .active else { return refuseRest() }
            drain()
        }
    }

    private func drain() {
        while let (group, isSyncDue) = takeGroup() { commit(group, durably: durability == .full || isSyncDue) }
    }

    private func refuseRest() {
        let rest = state.withLock { state in
            defer { state.queue = [] }
            return state.queue.map(\.command)
        }
        refuse(rest, .closed)
    }

    /// The commands that wait, as many as one group may have; nil, and the draining over, where none do.
    private func takeGroup() -> ([Command], isSyncDue: Bool)? {
        state.withLock { state in
            var group: [Command] = []
            var size = 0
            while let waiting = state.queue.first, group.isEmpty || size + waiting.command.size <= limits.groupSize {
                size += waiting.command.size
                group.append(waiting.command)
                state.queue.removeFirst()
            }
            state.queuedSize -= size
            defer { state.isSyncDue = false }
            if group.isEmpty, !state.isSyncDue {
                state.isDraining = false
                state.groupStart = nil
                return nil
            }
            state.groupStart = .now
            return (group, state.isSyncDue)
        }
    }

    /// Applies a group, which is empty where only a sync is due.
    private func commit(_ group: [Command], durably: Bool) {
        guard refusal != .readOnly else { return refuse(group, .readOnly) }
        // What gives room back may use some, or a full disk could never be emptied; and so may a sync.
        let usesReserve = group.allSatisfy(\.freesSpace)
        do throws(StorageError) {
            try apply(group, durably: durably, usingReserve: usesReserve)
        } catch {
            // Any other failure was told to all of the group.
            if error.code == .outOfSpace { commitOnFullDisk(group, durably: durably, didUseReserve: usesReserve) }
        }
    }

    /// Applies of a group that found no room what finds some: first what frees space, then what fits of the rest. The
    /// commands of one group came from clients that wait for each other in no way, so their order is free.
    private func commitOnFullDisk(_ group: [Command], durably: Bool, didUseReserve: Bool) {
        let growing = group.filter { !$0.freesSpace }
        if !didUseReserve, growing.count < group.count {
            commit(group.filter(\.freesSpace), durably: durably)
            commit(growing, durably: durably)
        } else if group.count > 1 {
            // A half of it may fit.
            commit(Array(group[..<(group.count / 2)]), durably: durably)
            commit(Array(group[(group.count / 2)...]), durably: durably)
        } else if let command = group.first {
            refuse([command], .diskFull)
        } else {
            logger.error("what was written lately could not be synced, for want of room; it is tried again")
        }
    }

    /// Runs the commands of `group`, writes what they changed and replies.
    ///
    /// - Throws: `outOfSpace`, and nobody was replied to; anything else, and all were.
    private func apply(_ group: [Command], durably: Bool, usingReserve: Bool) throws(StorageError) {
        let revision = Revision(rawValue: lastRevision.load(ordering: .relaxed))
        let transaction = WriteTransaction(
            engine: engine, services: services, now: clock(), lastRevision: revision,
            commandCount: group.count)
        let replies = group.map { $0.run(transaction) }
        do throws(StorageError) {
            try write(transaction, of: group.count, durably: durably, usingReserve: usingReserve)
        } catch {
            if error.code != .outOfSpace {
                let failure = handle(error)
                counts.withLock { $0.refuse(replies.count, failure) }
                for reply in replies { reply(failure) }
            }
            throw error
        }
        for reply in replies { reply(nil) }
    }

    private func write(
        _ transaction: WriteTransaction, of commandCount: Int, durably: Bool, usingReserve: Bool
    ) throws(StorageError) {
        let isSync = durably && newestDurableRevision.rawValue < lastRevision.load(ordering: .relaxed)
        guard !transaction.isEmpty || isSync else { return }
        let batch = transaction.batch()
        let start = ContinuousClock.now
        try engine.write(batch.changes, durably: durably, usingReserve: usingReserve)
        let time = ContinuousClock.now - start
        counts.withLock { counts in
            if commandCount > 0 { counts.groupSizes.record(UInt64(commandCount)) }
            if durably { counts.syncTimes.record(UInt64(time / .nanoseconds(1))) }
            counts.expiredKeys &+= transaction.expiredKeyCount
        }
        lastRevision.store(batch.revision.rawValue, ordering: .releasing)
        if durably { durableRevision.store(batch.revision.rawValue, ordering: .releasing) }
        transaction.didWrite(batch)
    }

    private func handle(_ error: StorageError) -> StoreError {
        guard error.code != .closed else { return .closed }
        // The kernel may have dropped the pages of a failed sync, so a second sync would succeed without them.
        logger.critical(
            "a commit failed; the store is read-only until it is opened anew", metadata: ["error": "\(error)"])
        state.withLock { $0.refusal = .readOnly }
        return .outcomeUnknown
    }
}
