import ArgumentParser

/// A time as people write it: `30s`, `10m`, `1.5h`, `7d`, `2w`, plain seconds, or `never` for one that has no end.
struct DurationText: Equatable {
    /// 0 for `never`.
    let milliseconds: Int64

    private static let units: [(suffix: Character, seconds: Int64)] = [
        ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800),
    ]

    /// - Throws: a `ValidationError` that says what may be written.
    static func parsed(_ text: String) throws -> DurationText {
        guard let duration = DurationText(text) else {
            throw ValidationError("write a time as 30s, 10m, 2h, 7d or never")
        }
        return duration
    }

    init?(_ text: String) {
        guard text != "never" else {
            milliseconds = 0
            return
        }
        let unit = Self.units.first { $0.suffix == text.last }
        let parts = (unit == nil ? text[...] : text.dropLast())
            .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : "0"
        guard let whole = parts.first, Self.isDigits(whole), Self.isDigits(fraction), fraction.count <= 3,
            let units = Int64(whole + fraction + String(repeating: "0", count: 3 - fraction.count)),
            case let (product, overflow) = units.multipliedReportingOverflow(by: unit?.seconds ?? 1), !overflow
        else { return nil }
        milliseconds = product
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    /// As parameters of the API have it: seconds with up to three decimals.
    var seconds: String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        guard rest > 0 else { return String(seconds) }
        let decimals = String(rest)
        return "\(seconds)." + String(repeating: "0", count: 3 - decimals.count) + decimals
    }

    /// A number of seconds in the largest unit that it is a whole number of, as `7d`; `never` for 0.
    static func text(seconds: Int64) -> String {
        guard seconds > 0 else { return "never" }
        let unit = units.last { seconds.isMultiple(of: $0.seconds) && $0.suffix != "w" }
        return unit.map { "\(seconds / $0.seconds)\($0.suffix)" } ?? "\(seconds)s"
    }
}
