import NIOCore

/// How fast a request's body comes.
struct BodyPace {
    private let start: NIODeadline
    private var rate: MinimumRate
    /// Of what a body has beyond a small one; nil before there is any.
    private var largeRate: MinimumRate?

    init(_ configuration: ServerConfiguration, start: NIODeadline) {
        self.start = start
        rate = MinimumRate(
            bytesPerSecond: configuration.minBodyRate, grace: configuration.bodyGrace,
            slack: configuration.writeStallTimeout, now: start)
    }

    /// Has so many more bytes count.
    mutating func record(_ count: Int, now: NIODeadline) {
        rate.record(count, now: now)
    }

    /// Has so many more bytes of a large body count towards the higher rate that it must keep.
    mutating func recordLarge(_ count: Int, _ configuration: ServerConfiguration, now: NIODeadline) {
        let timeout = configuration.writeStallTimeout
        var rate =
            largeRate
            ?? MinimumRate(
                bytesPerSecond: configuration.minLargeBodyRate, grace: timeout, slack: timeout, now: now)
        rate.record(count, now: now)
        largeRate = rate
    }

    /// Whether the body comes too slowly, or has taken too long in all.
    func isOverdue(_ configuration: ServerConfiguration, now: NIODeadline) -> Bool {
        rate.isMissed(at: now) || largeRate?.isMissed(at: now) ?? false || now - start > configuration.requestTimeout
    }
}
