/// The most requests that a client may make in a window of time.
public struct RateLimit: Hashable, Sendable {
    public let count: Int
    public let window: Duration

    /// Nil unless both are more than 0.
    public init?(count: Int, window: Duration) {
        guard count > 0, window > .zero else { return nil }
        self.count = count
        self.window = window
    }

    /// A limit such as "1000/h": a number, a slash and s, m, h or d; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.allSatisfy(\.isDigit), let count = Int(parts[0]) else { return nil }
        switch parts[1] {
        case "s": self.init(count: count, window: .seconds(1))
        case "m": self.init(count: count, window: .seconds(60))
        case "h": self.init(count: count, window: .seconds(3_600))
        case "d": self.init(count: count, window: .seconds(86_400))
        default: return nil
        }
    }
}
