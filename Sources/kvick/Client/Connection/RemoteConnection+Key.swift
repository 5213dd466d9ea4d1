import AsyncHTTPClient

extension RemoteConnection {
    /// Sends `request` with a bucket's key.
    func send(_ request: HTTPClientRequest, key: String?) async throws -> HTTPClientResponse {
        var request = request
        if let key {
            // A user name ends with its first colon.
            if key.contains(":") {
                request.setBearerAuth(key)
            } else {
                request.setBasicAuth(username: key, password: "")
            }
        }
        return try await send(request)
    }
}

extension HTTPClientResponse {
    var isSuccess: Bool { (200..<300).contains(status.code) }
}
