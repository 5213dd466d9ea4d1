import NIOCore
import Synchronization

/// A handler that answers no more requests of a client than its limiters allow.
///
/// What never became a request counts too. Every answer says where the client stands, in `X-Ratelimit-Limit`,
/// `-Remaining` and `-Reset`: by the limiter that leaves the fewest requests. Without limiters, and for a connection without
/// an address, such as that of a Unix domain socket, there is no limit.
public final class RateLimited: RequestHandler {
    private let handler: any RequestHandler
    private let limiters: [RateLimiter]
    private let refusals = Atomic<UInt64>(0)
    private let refusal: @Sendable (Request, RateLimiter.Outcome) -> Response

    /// `refusal` makes the answer to a request past the limit, to which the fields are added, with Retry-After.
    /// What never became a request gets `RateLimited.refusal` instead.
    public init(
        _ handler: any RequestHandler, limiters: [RateLimiter],
        refusal: @escaping @Sendable (Request, RateLimiter.Outcome) -> Response = { _, _ in RateLimited.refusal }
    ) {
        self.handler = handler
        self.limiters = limiters
        self.refusal = refusal
    }

    /// How many requests were past a limit.
    public var refusedCount: UInt64 { refusals.load(ordering: .relaxed) }

    /// A line of plain text of status 429.
    public static var refusal: Response {
        Response(line: "too many requests; try again after the time in Retry-After", status: .tooManyRequests)
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        counting(request) { handler.handle(request, on: eventLoop) }
    }

    public func bodySizeLimit(for request: Request) -> Int {
        handler.bodySizeLimit(for: request)
    }

    public func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        counting(request) { handler.refuseBody(of: request, size: size, limit: limit, on: eventLoop) }
    }

    private func counting(_ request: Request, _ reply: () -> Reply) -> Reply {
        guard !limiters.isEmpty, let outcome = check(request.remoteAddress) else { return reply() }
        guard outcome.allowed else { return .ready(refused(refusal(request, outcome), outcome)) }
        switch reply() {
        case .ready(var response):
            response.headers.add(outcome)
            return .ready(response)
        case .pending(let future):
            return .pending(
                future.map { response in
                    var response = response
                    response.headers.add(outcome)
                    return response
                })
        }
    }

    public func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response {
        // A request that was handed on was counted then.
        let isCounted = failure.isOfHandledRequest
        guard let outcome = isCounted ? standing(of: address) : check(address) else {
            return handler.response(to: failure, from: address)
        }
        guard isCounted || outcome.allowed else { return refused(RateLimited.refusal, outcome) }
        var response = handler.response(to: failure, from: address)
        response.headers.add(outcome)
        return response
    }

    /// Counts a request by all limiters; nil where there is no limit.
    private func check(_ address: ClientAddress?) -> RateLimiter.Outcome? {
        address.flatMap { address in strictest { $0.check(address) } }
    }

    private func standing(of address: ClientAddress?) -> RateLimiter.Outcome? {
        address.flatMap { address in strictest { $0.standing(of: address) } }
    }

    /// A refusal before all others, of several the one that lasts longest; else the one that leaves the fewest requests.
    private func strictest(_ outcome: (RateLimiter) -> RateLimiter.Outcome) -> RateLimiter.Outcome? {
        var strictest: RateLimiter.Outcome?
        for limiter in limiters {
            let next = outcome(limiter)
            if strictest.map(next.isStricter) ?? true { strictest = next }
        }
        return strictest
    }

    private func refused(_ response: Response, _ outcome: RateLimiter.Outcome) -> Response {
        refusals.wrappingAdd(1, ordering: .relaxed)
        var response = response
        response.headers.add("Retry-After", decimal: outcome.resetSeconds)
        response.headers.add(outcome)
        return response
    }
}

extension RateLimiter.Outcome {
    fileprivate func isStricter(than other: RateLimiter.Outcome) -> Bool {
        guard allowed == other.allowed else { return !allowed }
        return allowed ? remaining < other.remaining : resetSeconds > other.resetSeconds
    }
}

extension ResponseHeaders {
    fileprivate mutating func add(_ outcome: RateLimiter.Outcome) {
        add("X-Ratelimit-Limit", decimal: outcome.limit)
        add("X-Ratelimit-Remaining", decimal: outcome.remaining)
        add("X-Ratelimit-Reset", decimal: outcome.resetSeconds)
    }
}
