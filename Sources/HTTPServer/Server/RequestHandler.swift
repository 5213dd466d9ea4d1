import NIOCore

/// What a server does with requests. One handler serves all connections; its functions are called on event loops, which
/// they must not block.
public protocol RequestHandler: Sendable {
    /// Answers a request, or promises to.
    func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply

    /// The most bytes that the body of this request may have, asked once its head is read.
    func bodySizeLimit(for request: Request) -> Int

    /// Answers a request whose body is over that limit; `size` is what was declared, nil for a chunked body.
    func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply

    /// The answer to a request that never became one, from a client at `address`, nil for a Unix domain socket; and to
    /// one whose promised answer failed or has no room. The connection closes after the former.
    func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response
}

extension RequestHandler {
    /// The failure's status and its message.
    public func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response {
        Response(line: failure.message, status: failure.status)
    }
}
