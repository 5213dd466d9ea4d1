import AsyncHTTPClient

extension HTTPClientRequest {
    /// Shows a credential as it is (RFC 6750 §2.1).
    mutating func setBearerAuth(_ credential: String) {
        headers.replaceOrAdd(name: "Authorization", value: "Bearer \(credential)")
    }
}
