import HeapModule
import Synchronization

/// The keys that expire soon, so that each goes at its time. Bounded: what it has no room for is found by the next sweep.
final class ExpiryQueue: Sendable {
    /// A key that may expire, for its record may have changed since.
    struct Entry: Comparable, Sendable {
        let expiry: Timestamp
        let namespace: NamespaceID
        let key: [UInt8]

        static func < (left: Entry, right: Entry) -> Bool { left.expiry < right.expiry }
    }

    private struct State {
        var heap = Heap<Entry>()
        /// The expiry under which a key is in the heap, by the hash of namespace and key: each key is there once. Two keys of
        /// one hash share a place; the second is then left to the sweep.
        var queued: [Int: Timestamp] = [:]
        /// About how much memory the heap holds, in bytes.
        var size = 0

        /// - Returns: false where the key is in the heap under another, newer time.
        @discardableResult
        mutating func forget(_ entry: Entry) -> Bool {
            let hash = entry.key.withUnsafeBytes { ExpiryQueue.hash(entry.namespace, $0) }
            guard queued[hash] == entry.expiry else { return false }
            queued[hash] = nil
            return true
        }
    }

    /// About what an entry takes beside its key, in bytes.
    private static let overhead = 128

    /// In bytes.
    private let sizeMax: Int
    private let state = Mutex(State())
    /// Later expiries are not taken in; in milliseconds since 1970.
    private let latest: Atomic<Int64>

    /// - Parameter sizeMax: about how much memory it may hold, in bytes.
    init(sizeMax: Int = 32 << 20) {
        self.sizeMax = sizeMax
        latest = Atomic(.max)
    }

    /// Sets how late an expiry may be to be taken in: the sweep that begins now finds the later ones in time.
    func setLatest(_ time: Timestamp) {
        latest.store(time.milliseconds, ordering: .relaxed)
    }

    func isSoon(_ expiry: Timestamp) -> Bool {
        expiry.milliseconds <= latest.load(ordering: .relaxed)
    }

    /// Takes a key in whose record expires then, unless that is late or there is no room.
    func offer(_ namespace: NamespaceID, _ key: UnsafeRawBufferPointer, _ expiry: Timestamp) {
        guard isSoon(expiry) else { return }
        let hash = Self.hash(namespace, key)
        state.withLock { state in
            // One that is there for an earlier time is looked at then, and queued anew.
            if let queued = state.queued[hash], queued <= expiry { return }
            let size = key.count + Self.overhead
            while state.size + size > sizeMax {
                guard let last = state.heap.max, expiry < last.expiry else { return }
                state.heap.removeMax()
                state.size -= last.key.count + Self.overhead
                state.forget(last)
            }
            state.queued[hash] = expiry
            state.heap.insert(Entry(expiry: expiry, namespace: namespace, key: Array(key)))
            state.size += size
        }
    }

    /// Takes out at most `limit` keys whose time has come.
    func takeDue(at now: Timestamp, limit: Int) -> [Entry] {
        state.withLock { state in
            var due: [Entry] = []
            while due.count < limit, let first = state.heap.min, first.expiry <= now {
                state.heap.removeMin()
                state.size -= first.key.count + Self.overhead
                if state.forget(first) { due.append(first) }
            }
            return due
        }
    }

    private static func hash(_ namespace: NamespaceID, _ key: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(namespace)
        hasher.combine(bytes: key)
        return hasher.finalize()
    }
}
