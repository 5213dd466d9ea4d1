import AsyncHTTPClient

extension HTTPClientRequest {
    /// Shows a bucket's key or an access token.
    mutating func setCredential(_ credential: String) {
        // A user name ends with its first colon.
        if credential.contains(":") {
            setBearerAuth(credential)
        } else {
            setBasicAuth(username: credential, password: "")
        }
    }
}
