import HTTPAPI

/// A request that a server refused for the entry that it brings; the same with another entry may well be answered.
struct RefusedRequest: Error, CustomStringConvertible {
    /// The server's own words, on one line.
    let description: String

    /// Whether an answer says that an entry can't be kept: it is not understood, or a key or a value is too long, which KOT
    /// says so. All else, as a rate limit or a restricted route, is of every entry.
    static func isRefusal(status: Int, text: String) -> Bool {
        status == 400 || status == 403 && (text.hasPrefix("Key lenght") || text.hasPrefix("Value lenght"))
    }
}

extension APIError {
    /// Whether it is for the entry that was brought, not for the state of the store.
    var isRefusal: Bool { RefusedRequest.isRefusal(status: status.code, text: message) }
}
