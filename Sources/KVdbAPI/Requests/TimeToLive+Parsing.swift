import HTTPAPI
import KeyValueStore

extension TimeToLive {
    /// Parses seconds with at most three decimals, as `30` or `0.5`; 0 is for ever.
    ///
    /// - Throws: `badRequest` where `text` is no such number or too large to count in milliseconds.
    init(seconds text: String, name: String) throws(APIError) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : "0"
        let isDigits = { (part: Substring) in
            !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        }
        guard let whole = parts.first, isDigits(whole), isDigits(fraction), fraction.count <= 3 else {
            throw .badRequest(
                "\(name) must be a number of seconds, as 30 or 0.5, with at most three decimals; 0 is for ever")
        }
        let thousandths = Int64(fraction + String(repeating: "0", count: 3 - fraction.count)) ?? 0
        guard let seconds = Int64(whole), let duration = TimeToLive(seconds: seconds),
            case let (sum, overflow) = duration.milliseconds.addingReportingOverflow(thousandths), !overflow,
            let result = TimeToLive(milliseconds: sum)
        else {
            throw .badRequest("\(name) is too large; give fewer seconds, or 0 for a key that never expires")
        }
        self = result
    }
}
