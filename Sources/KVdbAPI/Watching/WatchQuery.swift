import HTTPAPI
import HTTPServer
import KeyValueStore

/// What a watch is asked for.
struct WatchQuery: Sendable {
    var prefix: [UInt8]
    var values: Bool
    /// Behind which to begin; nil for now.
    var since: ChangePosition?

    /// - Throws: `badRequest` where the place to go on at is none.
    init(_ request: Request, _ query: Parameters) throws(APIError) {
        prefix = try query.value("prefix") ?? []
        values = try query.flag("values") ?? false
        // What a client that was cut off sends by itself counts more than its first address.
        let header = request.header(.lastEventID).flatMap { $0.isEmpty ? nil : $0 }
        let parameter = try query.text("since")
        guard let text = header ?? parameter, !text.isEmpty else { return }
        guard let position = ChangePosition(text) else {
            let name = header == nil ? "since" : "Last-Event-ID"
            throw .badRequest(
                "\(name) must be the id of an event, as 42 or 42.1; leave it out to begin with what is new")
        }
        since = position
    }
}

extension HeaderName {
    fileprivate static let lastEventID = HeaderName("last-event-id")
}
