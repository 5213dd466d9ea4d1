import KeyValueStore
import Synchronization

/// Gives each message of the log a time of its own, so that no two are kept under one key.
final class LogClock: Sendable {
    private let last = Mutex<Int64>(0)

    /// `now` in microseconds since 1970, or a little more where that was given before.
    func time(at now: Timestamp) -> Int64 {
        last.withLock { last in
            last = max(last + 1, now.milliseconds * 1000)
            return last
        }
    }
}
