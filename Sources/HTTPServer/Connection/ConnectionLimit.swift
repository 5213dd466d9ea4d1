import Synchronization

/// Counts the connections of a server on all its event loops.
final class ConnectionLimit: Sendable {
    enum Admission {
        case admitted
        /// To be told that there is no room.
        case refused
        /// To be closed without a word, since there are too many even of those that are being told.
        case dropped
    }

    private let maximum: Int
    private let admitted = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)

    init(maximum: Int) {
        self.maximum = max(maximum, 0)
    }

    /// The most connections beyond `maximum` that are told that there is no room.
    static func refusalAllowance(of maximum: Int) -> Int { maximum / 8 + 16 }

    /// Counts a new connection until `leave`.
    func enter() -> Admission {
        if admitted.wrappingAdd(1, ordering: .relaxed).newValue <= maximum { return .admitted }
        admitted.wrappingSubtract(1, ordering: .relaxed)
        if refused.wrappingAdd(1, ordering: .relaxed).newValue <= ConnectionLimit.refusalAllowance(of: maximum) {
            return .refused
        }
        refused.wrappingSubtract(1, ordering: .relaxed)
        return .dropped
    }

    /// Counts a connection no longer; `admission` is what `enter` gave for it.
    func leave(_ admission: Admission) {
        switch admission {
        case .admitted: admitted.wrappingSubtract(1, ordering: .relaxed)
        case .refused: refused.wrappingSubtract(1, ordering: .relaxed)
        case .dropped: break
        }
    }
}
