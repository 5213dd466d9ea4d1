import Synchronization

@testable import KeyValueStore

/// A clock that goes on only when it is told to.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

    var now: Timestamp { time.withLock { $0 } }
    /// Since 1970.
    var seconds: Int64 { now.milliseconds / 1000 }

    func advance(seconds: Double) {
        time.withLock { $0.milliseconds += Int64(seconds * 1000) }
    }
}
