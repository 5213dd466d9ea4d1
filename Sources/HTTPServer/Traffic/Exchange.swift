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
    /// Of the answer's body, as far as it is known that the system took it.
    public internal(set) var bodySize = 0
    /// From when the whole request was there to the end of its answer.
    public internal(set) var duration = TimeAmount.zero
    /// Whether all of the answer was written; false where the connection, or a stream of HTTP/2, ended before.
    public internal(set) var isComplete = false
    let start: NIODeadline
}

/// Where a server writes down what it did.
public protocol ExchangeLog: Sendable {
    /// Called on event loops at the end of each answer; must not block.
    func record(_ exchange: Exchange)
}
