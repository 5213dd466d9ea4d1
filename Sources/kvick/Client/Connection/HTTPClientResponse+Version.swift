import AsyncHTTPClient

extension HTTPClientResponse {
    /// The version that a key is at: what its entity tag says, without quotes (RFC 9110 §8.8.3).
    var entityVersion: String? {
        headers.first(name: "ETag").map { $0.filter { $0 != "\"" } }
    }
}
