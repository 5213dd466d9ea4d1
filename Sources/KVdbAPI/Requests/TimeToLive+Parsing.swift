import HTTPAPI
import KeyValueStore

extension TimeToLive {
    /// Parses seconds with at most three decimals, as `30` or `0.5`; 0 is for ever.
    ///
    /// - Throws: `badRequest` where `text` is no such number or too large to count in milliseconds.
    init(seconds text: String, name: String) throws(APIError) {
        let milliseconds: Int64
        do throws(DecimalSeconds.Failure) {
            milliseconds = try DecimalSeconds.milliseconds(text)
        } catch {
            switch error {
            case .malformed:
                throw .badRequest(
                    "\(name) must be a number of seconds, as 30 or 0.5, with at most three decimals; 0 is for ever")
            case .tooLarge: throw Self.tooLarge(name)
            }
        }
        guard let result = TimeToLive(milliseconds: milliseconds) else { throw Self.tooLarge(name) }
        self = result
    }

    private static func tooLarge(_ name: String) -> APIError {
        .badRequest("\(name) is too large; give fewer seconds, or 0 for a key that never expires")
    }
}
