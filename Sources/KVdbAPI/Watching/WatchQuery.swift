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
        let parameter = try Self.position(try query.text("since"), named: "since")
        let header = try Self.position(request.header(.lastEventID), named: "Last-Event-ID")
        // What a client that was cut off sends by itself counts more than its first address.
        since = header ?? parameter
    }

    /// Nil where there is no text.
    private static func position(_ text: String?, named name: String) throws(APIError) -> ChangePosition? {
        guard let text, !text.isEmpty else { return nil }
        guard let position = ChangePosition(text) else {
            throw .badRequest(
                "\(name) must be the id of an event, as 42 or 42.1; leave it out to begin with what is new")
        }
        return position
    }
}

extension HeaderName {
    fileprivate static let lastEventID = HeaderName("last-event-id")
}
