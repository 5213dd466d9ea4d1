import NIOCore

/// A handler that answers no more requests of a client than a limiter allows.
///
/// What never became a request counts too. Every answer says where the client stands, in `X-Ratelimit-Limit`,
/// `-Remaining` and `-Reset`. A connection without an address, such as that of a Unix domain socket, has no limit.
public struct RateLimited<Handler: RequestHandler>: RequestHandler {
    private let handler: Handler
    private let limiter: RateLimiter
    private let refusal: @Sendable (Request, RateLimiter.Outcome) -> Response

    /// `refusal` makes the answer to a request past the limit, to which the fields are added, with Retry-After.
    /// What never became a request gets `RateLimited.refusal` instead.
    public init(
        _ handler: Handler, limiter: RateLimiter,
        refusal: @escaping @Sendable (Request, RateLimiter.Outcome) -> Response = { _, _ in RateLimited.refusal }
    ) {
        self.handler = handler
        self.limiter = limiter
        self.refusal = refusal
    }

    /// A line of plain text of status 429.
    public static var refusal: Response {
        var headers = ResponseHeaders()
        headers.add("Content-Type", "text/plain; charset=utf-8")
        return Response(
            status: .tooManyRequests, headers: headers,
            body: .bytes(ByteBuffer(string: "Too many requests; try again after the time in Retry-After.\n")))
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        guard let address = request.remoteAddress else { return handler.handle(request, on: eventLoop) }
        let outcome = limiter.check(address)
        guard outcome.allowed else { return .ready(refused(refusal(request, outcome), outcome)) }
        switch handler.handle(request, on: eventLoop) {
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

    public func bodySizeLimit(for request: Request) -> Int {
        handler.bodySizeLimit(for: request)
    }

    public func responseToOversizedBody(of request: Request, size: Int?, limit: Int) -> Response {
        guard let address = request.remoteAddress else {
            return handler.responseToOversizedBody(of: request, size: size, limit: limit)
        }
        let outcome = limiter.check(address)
        guard outcome.allowed else { return refused(refusal(request, outcome), outcome) }
        var response = handler.responseToOversizedBody(of: request, size: size, limit: limit)
        response.headers.add(outcome)
        return response
    }

    public func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response {
        guard let address else { return handler.response(to: failure, from: nil) }
        let outcome: RateLimiter.Outcome
        if failure.isOfHandledRequest {
            // The request was counted when it was handed on.
            outcome = limiter.standing(of: address)
        } else {
            outcome = limiter.check(address)
            guard outcome.allowed else { return refused(RateLimited.refusal, outcome) }
        }
        var response = handler.response(to: failure, from: address)
        response.headers.add(outcome)
        return response
    }

    private func refused(_ response: Response, _ outcome: RateLimiter.Outcome) -> Response {
        var response = response
        response.headers.add("Retry-After", decimal: outcome.resetSeconds)
        response.headers.add(outcome)
        return response
    }
}

extension ResponseHeaders {
    fileprivate mutating func add(_ outcome: RateLimiter.Outcome) {
        add("X-Ratelimit-Limit", decimal: outcome.limit)
        add("X-Ratelimit-Remaining", decimal: outcome.remaining)
        add("X-Ratelimit-Reset", decimal: outcome.resetSeconds)
    }
}
