import HTTPAPI

/// A request that a server refused for what it asks (RFC 9110 §15.5); another request may well be answered.
struct RefusedRequest: Error, CustomStringConvertible {
    /// The server's own words, on one line.
    let description: String
}

extension APIError {
    /// Whether it is for what was asked, not for the state of the store.
    var isRefusal: Bool { (400..<500).contains(status.code) }
}
