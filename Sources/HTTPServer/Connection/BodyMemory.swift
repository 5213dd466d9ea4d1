import Synchronization

/// Counts the bytes of bodies, those of requests and of large answers, that a server holds on all its event loops, and
/// keeps one client from holding them all.
final class BodyMemory: Sendable {
    private struct Held {
        var total = 0
        /// What each address holds; one that holds nothing has no entry.
        var shares: [ClientAddress: Int] = [:]
    }

    private let maximum: Int
    private let held = Mutex(Held())

    init(maximum: Int) {
        self.maximum = max(maximum, 0)
    }

    /// The bytes that are counted.
    var count: Int { held.withLock { $0.total } }
    /// The addresses that hold any of them.
    var addressCount: Int { held.withLock { $0.shares.count } }

    /// Counts more bytes until `release`; false, with nothing counted, if there is no room for them.
    ///
    /// - Parameter address: the client's, which may hold up to half of the maximum; nil where it has none, as on a Unix
    ///   domain socket, and then only the maximum counts.
    func take(_ count: Int, for address: ClientAddress?) -> Bool {
        let key = address?.rateLimitKey
        return held.withLock { held in
            guard count <= maximum - held.total else { return false }
            if let key {
                let share = held.shares[key] ?? 0
                guard count <= maximum / 2 - share else { return false }
                if count > 0 { held.shares[key] = share + count }
            }
            held.total += count
            return true
        }
    }

    func release(_ count: Int, for address: ClientAddress?) {
        let key = address?.rateLimitKey
        held.withLock { held in
            held.total -= count
            guard let key, let share = held.shares[key] else { return }
            held.shares[key] = share > count ? share - count : nil
        }
    }
}
