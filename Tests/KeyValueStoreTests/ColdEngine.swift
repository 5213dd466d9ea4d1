import Storage
import StorageTesting
import Synchronization

/// A store in memory that makes believe to have a disk: a key must be read with `read` before `readCached` knows it.
final class ColdEngine: StorageEngine {
    private struct State {
        var warmKeys: Set<[UInt8]> = []
        var reads: [[UInt8]] = []
    }

    private let base = InMemoryEngine()
    private let state = Mutex(State())

    /// The keys that were read with `read` since `cool`, in their order.
    var reads: [[UInt8]] { state.withLock { $0.reads } }

    /// Forgets what was read.
    func cool() {
        state.withLock { $0 = State() }
    }

    func read(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Bool {
        let copy = Array(key)
        state.withLock { state in
            state.reads.append(copy)
            state.warmKeys.insert(copy)
        }
        return try base.read(key, body)
    }

    func readCached(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) -> CachedRead<Void> {
        let copy = Array(key)
        guard state.withLock({ $0.warmKeys.contains(copy) }) else { return .wouldBlock }
        return base.readCached(key, body)
    }

    func scan(
        _ range: KeyRange, reverse: Bool, fillingCache: Bool,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> ScanStep
    ) throws(StorageError) {
        try base.scan(range, reverse: reverse, fillingCache: fillingCache, visit)
    }

    func snapshot() throws(StorageError) -> any StorageSnapshot { try base.snapshot() }

    func write(_ batch: WriteBatch, durably: Bool, usingReserve: Bool) throws(StorageError) {
        try base.write(batch, durably: durably, usingReserve: usingReserve)
    }

    func checkSpace() throws(StorageError) { try base.checkSpace() }

    func statistics() throws(StorageError) -> EngineStatistics { try base.statistics() }

    func reclaim(_ range: KeyRange) throws(StorageError) { try base.reclaim(range) }

    func cancelReclaim() { base.cancelReclaim() }

    func close() { base.close() }
}
