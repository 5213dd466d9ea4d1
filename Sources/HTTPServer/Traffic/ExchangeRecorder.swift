import NIOCore

/// Follows the exchanges of a connection, one after the other, or the one of a stream, for those who count them and those who
/// write them down.
struct ExchangeRecorder {
    /// A request whose answer has not begun.
    private struct AwaitedAnswer {
        let start: NIODeadline
        let kind: Int
        let method: Int
    }

    private var awaited: AwaitedAnswer?
    /// The exchange that is under way; nil where there is none, or nobody writes them down.
    private(set) var logged: LoggedExchange?

    /// Notes that a request is there, in whole or as far as it came.
    mutating func begin(_ request: Request, from address: ClientAddress?, on shared: EventLoopConnections) {
        begin(
            request, from: address, kind: shared.traffic.index(of: request), method: request.method.statisticsIndex,
            on: shared)
    }

    /// Notes that there is something to be answered that is no request.
    mutating func beginInvalid(from address: ClientAddress?, on shared: EventLoopConnections) {
        begin(nil, from: address, kind: Traffic.invalid, method: TrafficStatistics.otherMethod, on: shared)
    }

    private mutating func begin(
        _ request: Request?, from address: ClientAddress?, kind: Int, method: Int, on shared: EventLoopConnections
    ) {
        let start = NIODeadline.now()
        awaited = AwaitedAnswer(start: start, kind: kind, method: method)
        shared.counters.begunCount &+= 1
        guard let log = shared.exchangeLog else { return }
        logged = LoggedExchange(
            Exchange(
                request: request.map(log.summary), address: address, kind: shared.traffic.kinds[kind], start: start),
            in: log, countedIn: shared.bodies)
    }

    /// Notes that an answer begins.
    mutating func answer(_ status: Status, on shared: EventLoopConnections) {
        guard let awaited else { return }
        self.awaited = nil
        let nanoseconds = UInt64(clamping: (NIODeadline.now() - awaited.start).nanoseconds)
        shared.counters.answer(kind: awaited.kind, method: awaited.method, status: status, nanoseconds: nanoseconds)
        logged?.answer(status)
    }

    /// Notes that an answer ends with a write of so many bytes of its body, and gives the exchange, which is to be told what
    /// becomes of that; nil where nobody writes it down, or that was done.
    mutating func handOver(bodySize: Int, on shared: EventLoopConnections) -> LoggedExchange? {
        guard let exchange = logged else { return nil }
        logged = nil
        return exchange.awaitsEnd(bodySize: bodySize) ? exchange : nil
    }

    /// Notes that the connection has ended before all of the answer was there. Does nothing where none is under way.
    mutating func abandon(on shared: EventLoopConnections) {
        if awaited != nil {
            awaited = nil
            shared.counters.abandonedCount &+= 1
        }
        logged?.end(isComplete: false)
        logged = nil
    }
}
