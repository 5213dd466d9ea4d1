import Dispatch
import Storage
import Synchronization

/// A storage engine that keeps nothing but in memory, and fails where a test wants it to.
public final class InMemoryEngine: StorageEngine {
    fileprivate struct State {
        var records = OrderedRecords()
        var writeCount = 0
        var durableWriteCount = 0
        var scanCount = 0
        var reclaimCount = 0
        /// How the next writes end, in their order: nil for success.
        var nextOutcomes: [StorageError?] = []
        var lastingFailure: StorageError?
        var readsBlock = false
        var holdsWrites = false
        /// The writes that wait for `releaseWrites`.
        var heldWrites: [DispatchSemaphore] = []
    }

    private let filter: RecordFilter
    private let state = Mutex(State())
    private let gate = CallGate()
    private let reclaimIsCancelled = Atomic<Bool>(false)

    public init(filter: RecordFilter = .keepingAll) {
        self.filter = filter
    }

    public func read(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool {
        try underWay { () throws(StorageError) in
            current.read(key, body)
        }
    }

    public func readCached(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) -> CachedRead<Void> {
        guard gate.enter() else { return .wouldBlock }
        defer { gate.leave() }
        let (records, blocks) = state.withLock { state in (state.records, state.readsBlock) }
        if blocks { return .wouldBlock }
        return records.read(key, body) ? .found(()) : .absent
    }

    public func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        state.withLock { state in state.scanCount += 1 }
        try underWay { () throws(StorageError) in
            current.scan(range, reverse: reverse, visit)
        }
    }

    public func snapshot() throws(StorageError) -> any StorageSnapshot {
        try underWay { () throws(StorageError) in
            InMemorySnapshot(self, current)
        }
    }

    public func write(_ batch: WriteBatch, durably: Bool, usingReserve: Bool) throws(StorageError) {
        try underWay { () throws(StorageError) in
            waitWhileHeld()
            let failure = state.withLock { state in
                state.write(batch, durably: durably, usingReserve: usingReserve)
            }
            if let failure { throw failure }
        }
    }

    public func checkSpace() throws(StorageError) {
        let failure = state.withLock { $0.nextOutcomes.first ?? nil ?? $0.lastingFailure }
        if let failure, failure.code == .outOfSpace { throw failure }
    }

    public func statistics() throws(StorageError) -> EngineStatistics {
        try underWay { () throws(StorageError) in EngineStatistics() }
    }

    public func reclaim(_ range: KeyRange) throws(StorageError) {
        state.withLock { state in state.reclaimCount += 1 }
        try underWay { () throws(StorageError) in
            let isGarbage = filter.beginPass()
            var garbage: [OrderedRecords.Record] = []
            current.scan(range, reverse: false) { record in
                if record.withUnsafeBytes(isGarbage) {
                    garbage.append(record)
                }
                return reclaimIsCancelled.load(ordering: .relaxed) ? .stop : .next
            }
            guard !reclaimIsCancelled.load(ordering: .relaxed) else { return }
            state.withLock { state in
                // One that was overwritten meanwhile is none any more.
                for record in garbage where state.records[record.key] == record.value {
                    state.records.delete(record.key)
                }
            }
        }
    }

    public func cancelReclaim() {
        reclaimIsCancelled.store(true, ordering: .relaxed)
    }

    /// Also lets go the writes that are held.
    public func close() {
        guard gate.close() else { return }
        releaseWrites()
        gate.waitUntilAllLeft()
    }

    private var current: OrderedRecords { state.withLock { state in state.records } }

    fileprivate func underWay<Result>(_ body: () throws(StorageError) -> Result) throws(StorageError) -> Result {
        guard gate.enter() else { throw StorageError(.closed, "the store in memory was closed") }
        defer { gate.leave() }
        return try body()
    }

    private func waitWhileHeld() {
        let hold = state.withLock { state -> DispatchSemaphore? in
            guard state.holdsWrites, !gate.isClosed else { return nil }
            let hold = DispatchSemaphore(value: 0)
            state.heldWrites.append(hold)
            return hold
        }
        hold?.wait()
    }
}

// What a test controls and looks at.
extension InMemoryEngine {
    /// The batches that were applied.
    public var writeCount: Int { state.withLock { state in state.writeCount } }

    /// The batches that were applied and asked to be on disk.
    public var durableWriteCount: Int { state.withLock { state in state.durableWriteCount } }

    /// The scans that were begun, other than of snapshots.
    public var scanCount: Int { state.withLock { state in state.scanCount } }

    /// The calls of `reclaim`.
    public var reclaimCount: Int { state.withLock { state in state.reclaimCount } }

    /// The writes that wait for `releaseWrites`.
    public var heldWriteCount: Int { state.withLock { state in state.heldWrites.count } }

    /// The number of records.
    public var recordCount: Int {
        var count = 0
        current.scan(.all, reverse: false) { _ in
            count += 1
            return .next
        }
        return count
    }

    /// Whether `readCached` answers `wouldBlock` for every key.
    public var readsBlock: Bool {
        get { state.withLock { state in state.readsBlock } }
        set { state.withLock { state in state.readsBlock = newValue } }
    }

    /// Has the next write fail with `error`, with nothing applied.
    public func failNextWrite(with error: StorageError) {
        endNextWrites(with: [error])
    }

    /// Has the next writes end so, in this order: with an error and nothing applied, or, where it is nil, with success.
    public func endNextWrites(with outcomes: [StorageError?]) {
        state.withLock { state in state.nextOutcomes += outcomes }
    }

    /// Has all writes fail with `error`, with nothing applied, until it is called with nil; `outOfSpace` leaves a reserve.
    public func failWrites(with error: StorageError?) {
        state.withLock { state in state.lastingFailure = error }
    }

    /// Has all writes wait, before they apply anything, until `releaseWrites`.
    public func holdWrites() {
        state.withLock { state in state.holdsWrites = true }
    }

    public func releaseWrites() {
        let holds = state.withLock { state in
            state.holdsWrites = false
            defer { state.heldWrites = [] }
            return state.heldWrites
        }
        for hold in holds {
            hold.signal()
        }
    }
}

extension InMemoryEngine.State {
    /// Applies `batch`, or returns why it fails.
    fileprivate mutating func write(_ batch: WriteBatch, durably: Bool, usingReserve: Bool) -> StorageError? {
        let outcome = nextOutcomes.isEmpty ? lastingFailure : nextOutcomes.removeFirst()
        if let outcome, outcome.code != .outOfSpace || !usingReserve { return outcome }
        for operation in batch.operations {
            switch operation {
            case .put(let key, let value): records.put(key, value)
            case .delete(let key): records.delete(key)
            }
        }
        writeCount += 1
        durableWriteCount += durably ? 1 : 0
        return nil
    }
}

/// The records of an `InMemoryEngine` as they were at one moment.
public final class InMemorySnapshot: StorageSnapshot {
    private let engine: InMemoryEngine
    private let records: OrderedRecords

    fileprivate init(_ engine: InMemoryEngine, _ records: OrderedRecords) {
        self.engine = engine
        self.records = records
    }

    public func read(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool {
        try engine.underWay { () throws(StorageError) in records.read(key, body) }
    }

    public func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        try engine.underWay { () throws(StorageError) in records.scan(range, reverse: reverse, visit) }
    }
}

extension OrderedRecords {
    fileprivate func read(_ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard let value = self[Key(key)] else { return false }
        value.withUnsafeBytes(body)
        return true
    }

    fileprivate func scan(
        _ range: KeyRange, reverse: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) {
        scan(range, reverse: reverse) { record in record.withUnsafeBytes(visit) }
    }
}
