#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// When a backup was made.
struct BackupTime {
    private let seconds: time_t

    static var now: BackupTime { BackupTime(unixTime: Int(time(nil))) }

    init(unixTime: Int) {
        seconds = time_t(unixTime)
    }

    /// As KOT names a backup: `2026_11_21_23_44_38.KOT`, in local time.
    var fileName: String {
        var (seconds, parts) = (seconds, tm())
        localtime_r(&seconds, &parts)
        return Self.text(parts, separators: ("_", "_", "_")) + ".KOT"
    }

    /// In UTC, as RFC 3339 writes it: `2026-11-21T23:44:38Z`.
    var timestamp: String {
        var (seconds, parts) = (seconds, tm())
        gmtime_r(&seconds, &parts)
        return Self.text(parts, separators: ("-", "T", ":")) + "Z"
    }

    private static func text(_ parts: tm, separators: (date: String, middle: String, time: String)) -> String {
        let date = [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday].map(twoDigits)
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits)
        return date.joined(separator: separators.date) + separators.middle + time.joined(separator: separators.time)
    }

    private static func twoDigits(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
