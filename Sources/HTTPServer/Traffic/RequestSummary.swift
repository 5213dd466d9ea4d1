/// What an `ExchangeLog` tells of a request.
///
/// It is kept until the answer is written, in memory of its own: a request would keep all that was read together with it.
public struct RequestSummary: Sendable {
    public let method: String
    /// The path and the query.
    public let target: String
    public let userAgent: String?

    public init(method: String, target: String, userAgent: String?) {
        self.method = method
        self.target = target
        self.userAgent = userAgent
    }

    /// The bytes of all its text.
    var size: Int { method.utf8.count + target.utf8.count + (userAgent?.utf8.count ?? 0) }
}
