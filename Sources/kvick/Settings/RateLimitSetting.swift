import HTTPServer

/// How many requests an address may make, as `1000/h`, or `none`.
struct RateLimitSetting: Sendable {
    /// Nil where there is none.
    let limit: RateLimit?
    private let text: String

    static let none = RateLimitSetting(limit: nil, text: "none")

    private init(limit: RateLimit?, text: String) {
        self.limit = limit
        self.text = text
    }
}

extension RateLimitSetting {
    init?(_ text: String) {
        if text.lowercased() == "none" {
            self = .none
        } else if let limit = RateLimit(text) {
            self.init(limit: limit, text: text)
        } else {
            return nil
        }
    }
}

extension RateLimitSetting: CustomStringConvertible {
    var description: String { text }
}
