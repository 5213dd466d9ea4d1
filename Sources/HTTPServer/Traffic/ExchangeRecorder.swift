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

    /// An exchange that is under way, in a place of its own, so that where nobody writes it down it costs no more than a look.
    private final class Written {
        var exchange: Exchange

        init(_ exchange: Exchange) {
            self.exchange = exchange
        }
    }

    private var awaited: AwaitedAnswer?
    /// Nil where none is under way, or nobody writes them down.
    private var written: Written?

    /// Whether somebody writes down the exchange that is under way.
    var isWritten: Bool { written != nil }

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
        guard shared.exchangeLog != nil else { return }
        written = Written(
            Exchange(request: request?.withoutBody, address: address, kind: shared.traffic.kinds[kind], start: start))
    }

    /// Notes that an answer begins.
    mutating func answer(_ status: Status, on shared: EventLoopConnections) {
        guard let awaited else { return }
        self.awaited = nil
        let nanoseconds = UInt64(clamping: (NIODeadline.now() - awaited.start).nanoseconds)
        shared.counters.answer(kind: awaited.kind, method: awaited.method, status: status, nanoseconds: nanoseconds)
        written?.exchange.status = status
    }

    /// Notes that so much of an answer's body was handed on, in bytes.
    mutating func addBody(_ size: Int) {
        written?.exchange.bodySize += size
    }

    /// Notes that an answer has ended, or the connection before it. Does nothing where none is under way.
    mutating func end(isComplete: Bool, on shared: EventLoopConnections) {
        if awaited != nil {
            awaited = nil
            shared.counters.abandonedCount &+= 1
        }
        guard var exchange = written?.exchange else { return }
        written = nil
        exchange.isComplete = isComplete
        exchange.duration = NIODeadline.now() - exchange.start
        shared.exchangeLog?.record(exchange)
    }
}
