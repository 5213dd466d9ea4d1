import NIOCore

/// What a handler gives back: an answer, or the promise of one.
public enum Reply: Sendable {
    case ready(Response)
    /// The future may be of any event loop. If it fails, the client gets the answer to a `ProtocolFailure` of status 500.
    case pending(EventLoopFuture<Response>)
}
