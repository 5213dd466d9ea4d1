import DequeModule
import Synchronization

/// Counts the requests of each client in windows that begin with the client's first request.
///
/// Its memory is bounded: past the most addresses, the one whose window is the oldest is forgotten. A check takes
/// constant time. Safe to use from any thread.
public final class RateLimiter: Sendable {
    /// What a check found.
    public struct Outcome: Hashable, Sendable {
        public let limit: Int
        /// Requests left in the window.
        public let remaining: Int
        /// Whole seconds until the window ends, at least 1.
        public let resetSeconds: Int
        /// Whether the request is within the limit.
        public let allowed: Bool
    }

    private struct Window {
        let end: Duration
        var count: Int
    }

    private struct State {
        var windows: [ClientAddress: Window] = [:]
        /// The windows in the order in which they began, which is that in which they end.
        var order: Deque<(address: ClientAddress, end: Duration)> = []
    }

    public let rateLimit: RateLimit
    private let maximumAddresses: Int
    private let clock: @Sendable () -> Duration
    private let state = Mutex(State())

    /// A limiter that remembers up to `maximumAddresses` clients and takes the time, from any point on, from `clock`.
    public init(_ rateLimit: RateLimit, maximumAddresses: Int = 100_000, clock: @escaping @Sendable () -> Duration) {
        self.rateLimit = rateLimit
        self.maximumAddresses = max(maximumAddresses, 1)
        self.clock = clock
    }

    public convenience init(_ rateLimit: RateLimit, maximumAddresses: Int = 100_000) {
        let start = ContinuousClock.now
        self.init(rateLimit, maximumAddresses: maximumAddresses) { ContinuousClock.now - start }
    }

    /// Counts a request of a client, by its `rateLimitKey`.
    public func check(_ address: ClientAddress) -> Outcome {
        let key = address.rateLimitKey
        let now = clock()
        return state.withLock { state in
            var window = state.windows[key] ?? Window(end: now, count: 0)
            if window.end <= now {
                window = Window(end: now + rateLimit.window, count: 0)
                makeRoom(in: &state, now: now)
                state.order.append((key, window.end))
            }
            let allowed = window.count < rateLimit.count
            if allowed { window.count += 1 }
            state.windows[key] = window
            return outcome(window, now: now, allowed: allowed)
        }
    }

    /// Where a client stands, by its `rateLimitKey`, with nothing counted.
    package func standing(of address: ClientAddress) -> Outcome {
        let now = clock()
        let known = state.withLock { $0.windows[address.rateLimitKey] }
        let window = known.flatMap { $0.end > now ? $0 : nil } ?? Window(end: now + rateLimit.window, count: 0)
        return outcome(window, now: now, allowed: window.count < rateLimit.count)
    }

    private func outcome(_ window: Window, now: Duration, allowed: Bool) -> Outcome {
        Outcome(
            limit: rateLimit.count, remaining: rateLimit.count - window.count,
            resetSeconds: RateLimiter.wholeSeconds(window.end - now), allowed: allowed)
    }

    /// The number of clients that are remembered.
    var addressCount: Int { state.withLock { $0.windows.count } }

    /// Forgets two of the windows that have ended, so that the old ones go faster than new ones come, and the oldest
    /// window where there is no room for another.
    private func makeRoom(in state: inout State, now: Duration) {
        for _ in 0..<2 {
            guard let oldest = state.order.first else { return }
            guard oldest.end <= now || state.order.count >= maximumAddresses else { return }
            state.order.removeFirst()
            // A client that came back has a window of its own further back.
            if state.windows[oldest.address]?.end == oldest.end { state.windows[oldest.address] = nil }
        }
    }

    private static func wholeSeconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return max(1, Int(clamping: seconds) + (attoseconds > 0 ? 1 : 0))
    }
}
