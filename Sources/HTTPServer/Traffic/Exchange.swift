import NIOCore

/// A request and what became of it.
public struct Exchange: Sendable {
    /// Without its body; nil for what never became a request.
    public let request: Request?
    /// Nil for a Unix domain socket.
    public let address: ClientAddress?
    /// Its name among those of the server's `RequestClassifier`.
    public let kind: String
    /// Nil where the client was gone before there was an answer.
    public internal(set) var status: Status?
    /// Of the answer's body, as far as it was handed to the connection.
    public internal(set) var bodySize = 0
    /// From when the whole request was there to the end of its answer.
    public internal(set) var duration = TimeAmount.zero
    /// Whether the answer came to its end; false where the connection ended before.
    public internal(set) var isComplete = false
    let start: NIODeadline
}

/// Where a server writes down what it did.
public protocol ExchangeLog: Sendable {
    /// Called on event loops at the end of each answer; must not block.
    func record(_ exchange: Exchange)
}

/// A request whose answer has not begun, for those who count.
struct AwaitedAnswer {
    let start: NIODeadline
    let kind: Int
    let method: Int
}

// MARK: - Following an exchange

extension ConnectionHandler {
    /// Notes that a request is there, in whole or as far as it came.
    func beginExchange(_ request: Request) {
        beginExchange(
            request, kind: shared.configuration.traffic.kind(of: request), method: request.method.statisticsIndex)
    }

    /// Notes that there is something to be answered that is no request.
    func beginInvalidExchange() {
        beginExchange(nil, kind: Traffic.invalid, method: TrafficStatistics.otherMethod)
    }

    private func beginExchange(_ request: Request?, kind: Int, method: Int) {
        let start = NIODeadline.now()
        awaitedAnswer = AwaitedAnswer(start: start, kind: kind, method: method)
        shared.statistics.begin()
        guard shared.configuration.exchangeLog != nil else { return }
        exchange = Exchange(
            request: request?.withoutBody, address: clientAddress, kind: shared.configuration.traffic.kinds[kind],
            start: start)
    }

    /// Notes that an answer begins.
    func noteAnswer(_ status: Status) {
        guard let awaited = awaitedAnswer else { return }
        awaitedAnswer = nil
        let nanoseconds = UInt64(clamping: (NIODeadline.now() - awaited.start).nanoseconds)
        shared.statistics.answer(
            kind: awaited.kind, method: awaited.method, status: status, nanoseconds: nanoseconds)
        exchange?.status = status
    }

    /// Notes that so much of an answer's body was handed on.
    func noteBody(_ size: Int) {
        exchange?.bodySize += size
    }

    /// Notes that an answer has ended, or the connection before it.
    func endExchange(isComplete: Bool) {
        if awaitedAnswer != nil {
            awaitedAnswer = nil
            shared.statistics.abandon()
        }
        guard var exchange else { return }
        self.exchange = nil
        exchange.isComplete = isComplete
        exchange.duration = NIODeadline.now() - exchange.start
        shared.configuration.exchangeLog?.record(exchange)
    }
}
