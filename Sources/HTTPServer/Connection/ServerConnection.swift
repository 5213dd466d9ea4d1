import NIOCore

/// A connection among those of its event loop, whatever it speaks. Used on that event loop alone.
protocol ServerConnection: AnyObject {
    /// The place among the connections of the event loop, nil before and behind its time there.
    var index: Int? { get set }

    /// Closes the connection, or what of it has taken too long by `now`.
    func checkTimeouts(now: NIODeadline)

    /// Ends the connection as a shutdown asks for: at once where it is idle, else behind the answers that are under way.
    func drain()

    /// Closes the connection at once, so that the client sees that something was cut.
    func abort()
}

/// What works in bursts and gives way to others of its event loop between them.
protocol TurnTaker: AnyObject {
    /// Set as long as a turn is scheduled.
    var isAwaitingTurn: Bool { get set }

    /// Goes on where a burst ended.
    func takeTurn()
}
