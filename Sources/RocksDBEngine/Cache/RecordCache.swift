import Storage
import Synchronization

/// Small records that were read lately, in a fixed amount of memory. Safe to use from any thread.
///
/// RocksDB takes microseconds to find a record that its own memory holds, this a fraction of one.
///
/// Whoever writes records says so before and after. In between nothing is told of them, so that nobody is shown an old value after
/// others have seen the new one, and a value that was read meanwhile is not taken.
final class RecordCache: Sendable {
    /// What a reader who found nothing here hands back with what it found elsewhere.
    struct Miss {
        fileprivate let hash: UInt64
        fileprivate let generation: UInt32
    }

    enum Lookup {
        case found
        /// Nil where the record is being written.
        case missing(Miss?)
    }

    /// Of the keys that share one.
    private struct Stripe: Sendable {
        /// How many writes are under way.
        private(set) var writeCount: UInt32 = 0
        /// Changes with each write, so that what was read before one is not taken after it.
        private(set) var generation: UInt32 = 0
        /// Of those under way and those just ended, some overlapped, so that which was the last is not known.
        private(set) var hasOverlap = false

        mutating func beginWrite() {
            hasOverlap = writeCount > 0
            writeCount += 1
            generation &+= 1
        }

        mutating func endWrite() {
            writeCount -= 1
        }
    }

    private struct Shard: ~Copyable, Sendable {
        var ring: RecordRing
        var stripes: [Stripe]
        var hitCount: UInt64 = 0
        var missCount: UInt64 = 0
    }

    private final class LockedShard: Sendable {
        let state: Mutex<Shard>

        init?(size: Int) {
            guard let ring = RecordRing(size: size) else { return nil }
            state = Mutex(Shard(ring: ring, stripes: Array(repeating: Stripe(), count: RecordCache.stripeCount)))
        }
    }

    private static let shardBits = 3
    private static let stripeCount = 512

    private let shards: [LockedShard]

    /// A cache of about `size` bytes, which are touched as it fills.
    ///
    /// - Throws: `failed` where there is no such memory.
    init(size: Int) throws(StorageError) {
        let count = 1 << Self.shardBits
        shards = (0..<count).compactMap { _ in LockedShard(size: size / count) }
        guard shards.count == count else {
            throw StorageError(.failed, "there is no memory for a cache of this size; give it less")
        }
    }

    /// Calls `body` with the value of `key`, with no lock held. The bytes are valid only during the call.
    func read(_ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) -> Lookup {
        let hash = RecordRing.hash(key)
        return withUnsafeTemporaryAllocation(byteCount: RecordRing.valueSizeMax, alignment: 8) { buffer in
            var miss: Miss?
            let count = shards[Self.shard(hash)].state.withLock { shard -> Int? in
                if let count = shard.ring.copyValue(of: key, hash: hash, to: buffer) {
                    shard.hitCount &+= 1
                    return count
                }
                shard.missCount &+= 1
                let stripe = shard.stripes[Self.stripe(hash)]
                if stripe.writeCount == 0 { miss = Miss(hash: hash, generation: stripe.generation) }
                return nil
            }
            guard let count else { return .missing(miss) }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            return .found
        }
    }

    /// How many reads found their record here, and how many did not.
    var lookups: (hits: UInt64, misses: UInt64) {
        shards.reduce(into: (0, 0)) { sum, shard in
            let (hits, misses) = shard.state.withLock { ($0.hitCount, $0.missCount) }
            sum = (sum.hits &+ hits, sum.misses &+ misses)
        }
    }

    /// Takes what was read elsewhere after `miss`, which is of the same key, unless it was written since.
    func insert(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, after miss: Miss?) {
        guard let miss, value.count <= RecordRing.valueSizeMax else { return }
        shards[Self.shard(miss.hash)].state.withLock { shard in
            let stripe = shard.stripes[Self.stripe(miss.hash)]
            // A write that began later has another.
            guard stripe.generation == miss.generation else { return }
            // Another reader may have been first.
            shard.ring.replace(key, value, hash: miss.hash)
        }
    }

    /// A write that has begun.
    struct Write: ~Copyable {
        /// Of the keys, in the order of the batch's operations.
        fileprivate var hashes: [UInt64] = []
        /// The operations whose records were here.
        fileprivate var held: Set<Int> = []
    }

    /// Begins a write of a batch: `end` is to follow.
    func begin(_ batch: WriteBatch) -> Write {
        var write = Write()
        write.hashes.reserveCapacity(batch.operations.count)
        for (index, operation) in batch.operations.enumerated() {
            operation.key.withUnsafeBytes { key in
                let hash = RecordRing.hash(key)
                write.hashes.append(hash)
                let isHeld = shards[Self.shard(hash)].state.withLock { shard in
                    shard.stripes[Self.stripe(hash)].beginWrite()
                    return shard.ring.hide(key, hash: hash)
                }
                if isHeld { write.held.insert(index) }
            }
        }
        return write
    }

    /// Ends the write of a batch.
    ///
    /// - Parameter succeeded: whether the values of records that were here are taken, for they are in the database now.
    func end(_ write: consuming Write, of batch: WriteBatch, succeeded: Bool) {
        for (index, (operation, hash)) in zip(batch.operations, write.hashes).enumerated() {
            let isHeld = write.held.contains(index)
            shards[Self.shard(hash)].state.withLock { shard in
                let stripe = Self.stripe(hash)
                shard.stripes[stripe].endWrite()
                guard isHeld else { return }
                operation.key.withUnsafeBytes { key in
                    guard succeeded, !shard.stripes[stripe].hasOverlap, case .put(_, let value) = operation else {
                        return shard.ring.remove(key, hash: hash)
                    }
                    value.withUnsafeBytes { shard.ring.replace(key, $0, hash: hash) }
                }
            }
        }
    }

    private static func shard(_ hash: UInt64) -> Int {
        Int(hash >> UInt64(64 - shardBits))
    }

    private static func stripe(_ hash: UInt64) -> Int {
        Int(hash >> 32) & (stripeCount - 1)
    }
}

extension WriteBatch.Operation {
    fileprivate var key: Key {
        switch self {
        case .put(let key, _), .delete(let key): key
        }
    }
}
