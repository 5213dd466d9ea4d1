import NIOCore

/// How much of an event loop's time some work may take: a small part of it in the long run, and more for a moment.
struct WorkBudget {
    /// How long to work at a stretch.
    static let slice = TimeAmount.microseconds(500)
    /// One part in so many of the time is for the work.
    static let share: Int64 = 25
    /// The most time that may be saved up.
    static let savings = TimeAmount.milliseconds(25)
    /// The pause between two slices. It has to be there: an event loop looks at its sockets only when no task is due.
    private static let pause = TimeAmount.microseconds(50)

    /// In nanoseconds; negative where more was spent than there was.
    private var balance = Self.savings.nanoseconds
    private var balanceTime: NIODeadline
    /// When the next slice may begin.
    private(set) var nextSlice: NIODeadline

    init(now: NIODeadline) {
        balanceTime = now
        nextSlice = now
    }

    /// Notes a slice of work.
    mutating func spend(from start: NIODeadline, to end: NIODeadline) {
        let earned = max(0, (end - balanceTime).nanoseconds / Self.share)
        balance = min(balance + earned, Self.savings.nanoseconds) - (end - start).nanoseconds
        balanceTime = end
        nextSlice = end + (balance > 0 ? Self.pause : .nanoseconds(max(-balance * Self.share, Self.pause.nanoseconds)))
    }
}
