import NIOCore

/// The deadline of a transfer that has to keep to a rate: each byte moves it on, up to a most amount of slack, so that
/// neither a trickle nor a stall behind a fast beginning goes on for long.
struct MinimumRate {
    private let bytesPerSecond: Int
    private let slack: TimeAmount
    private var deadline: NIODeadline

    /// A transfer that begins now and has `grace` before it must keep to the rate.
    init(bytesPerSecond: Int, grace: TimeAmount, slack: TimeAmount, now: NIODeadline) {
        self.bytesPerSecond = max(bytesPerSecond, 1)
        self.slack = max(slack, grace)
        self.deadline = now + grace
    }

    mutating func record(_ count: Int, now: NIODeadline) {
        let earned = Double(max(count, 0)) / Double(bytesPerSecond) * 1e9
        guard earned < Double(slack.nanoseconds) else {
            deadline = now + slack
            return
        }
        deadline = min(deadline + .nanoseconds(Int64(earned)), now + slack)
    }

    func isMissed(at now: NIODeadline) -> Bool {
        now > deadline
    }
}
