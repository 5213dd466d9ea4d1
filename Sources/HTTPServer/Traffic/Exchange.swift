import NIOCore

/// A request and what became of it.
public struct Exchange: Sendable {
    /// Nil for what never became a request.
    public let request: RequestSummary?
    /// Nil for a Unix domain socket.
    public let address: ClientAddress?
    /// Its name among those of the server's `RequestClassifier`.
    public let kind: String
    /// Nil where the client was gone before there was an answer.
    public internal(set) var status: Status?
    /// Of the answer's body, as far as it is known that the system took it; all of it where there was no room to wait for that.
    public internal(set) var bodySize = 0
    /// From when the whole request was there to the end of its answer.
    public internal(set) var duration = TimeAmount.zero
    /// Whether all of the answer was written, or handed on where there was no room to wait for that; false where the connection, or
    /// a stream of HTTP/2, ended before. A client that goes from an answer without an end cuts it.
    public internal(set) var isComplete = false
    let start: NIODeadline
}

/// Where a server writes down what it did.
public protocol ExchangeLog: Sendable {
    /// What is to be told of a request, which should be short. Called on event loops before the request is answered; must not
    /// block.
    func summary(of request: Request) -> RequestSummary

    /// Called on event loops at the end of each answer; must not block.
    func record(_ exchange: Exchange)
}
