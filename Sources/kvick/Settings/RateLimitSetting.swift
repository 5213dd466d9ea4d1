import ArgumentParser
import HTTPServer

/// How many requests an address may make, as `1000/h`, or `none`.
enum RateLimitSetting: ExpressibleByArgument, CustomStringConvertible {
    case limit(RateLimit)
    case none

    init?(argument: String) {
        if argument.lowercased() == "none" {
            self = .none
        } else if let limit = RateLimit(argument) {
            self = .limit(limit)
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .limit(let limit): "\(limit)"
        case .none: "none"
        }
    }
}
