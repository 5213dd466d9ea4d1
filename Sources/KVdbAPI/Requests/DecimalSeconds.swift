/// A number of seconds with at most three decimals, as `30` or `0.5`: what times are written as.
enum DecimalSeconds {
    enum Failure: Error {
        case malformed
        /// Past what can be counted in milliseconds.
        case tooLarge
    }

    /// The milliseconds that `text` says.
    static func milliseconds(_ text: String) throws(Failure) -> Int64 {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : "0"
        let isDigits = { (part: Substring) in
            !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        }
        guard let whole = parts.first, isDigits(whole), isDigits(fraction), fraction.count <= 3 else {
            throw .malformed
        }
        let thousandths = Int64(fraction + String(repeating: "0", count: 3 - fraction.count)) ?? 0
        guard let seconds = Int64(whole), case let (product, isPast) = seconds.multipliedReportingOverflow(by: 1000),
            case let (sum, isTooLarge) = product.addingReportingOverflow(thousandths), !isPast, !isTooLarge
        else { throw .tooLarge }
        return sum
    }

    /// `milliseconds`, which are not negative, as seconds, without zeros at the end.
    static func text(milliseconds: Int64) -> String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        guard rest != 0 else { return String(seconds) }
        var decimals = String(rest)
        decimals = String(repeating: "0", count: 3 - decimals.count) + decimals
        while decimals.last == "0" { decimals.removeLast() }
        return "\(seconds).\(decimals)"
    }
}
