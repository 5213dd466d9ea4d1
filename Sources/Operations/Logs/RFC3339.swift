#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Times as logs have them, `2026-01-31T23:59:59.123Z` (RFC 3339 §5.6).
package enum RFC3339 {
    /// - Parameter milliseconds: since 1970.
    package static func text(milliseconds: Int64) -> String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date = [(Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2)]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { (Int($0), 2) }
        return "\(joined(date, "-"))T\(joined(clock, ":")).\(padded(Int(rest), 3))Z"
    }

    private static func joined(_ numbers: [(Int, width: Int)], _ separator: String) -> String {
        numbers.map(padded).joined(separator: separator)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(max(number, 0))
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
