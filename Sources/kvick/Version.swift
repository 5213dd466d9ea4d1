enum Version {
    static let number = "0.1.0"
    static let text = "kvick \(number)"
    /// As requests and answers name it (RFC 9110 §10.1.5).
    static let product = "kvick/\(number)"
}
