import FoundationEssentials

/// Times as logs have them, `2026-01-31T23:59:59.123Z` (RFC 3339 §5.6).
enum RFC3339 {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// - Parameter milliseconds: since 1970.
    static func text(milliseconds: Int64) -> String {
        // The style cuts off what is beyond milliseconds, and a date may be a little less than the one that is meant.
        style.format(Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000))
    }
}
