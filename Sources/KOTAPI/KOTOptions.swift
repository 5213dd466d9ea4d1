import HTTPAPI
import HTTPServer

/// What an operator sets of KOT's API.
public struct KOTOptions: Sendable {
    public var credentials: KOTCredentials
    public var limits = KOTLimits()
    public var restricted = KOTRestriction()
    public var rateLimits: [KOTRateLimit] = []

    public init(_ credentials: KOTCredentials) {
        self.credentials = credentials
    }
}

/// The routes that nobody may use, by KOT's names for them (`restricted`).
public struct KOTRestriction: Sendable {
    let routes: Set<KOTRoute>

    public init() {
        routes = []
    }

    /// - Parameter names: with commas between, as `set,database_delete_all`.
    /// - Returns: nil where one is no route's name.
    public init?(names: String) {
        var routes: Set<KOTRoute> = []
        for name in names.split(separator: ",") {
            guard let route = KOTRoute(name: String(name.trimmingSpaces())) else { return nil }
            routes.insert(route)
        }
        self.routes = routes
    }

    /// All names that there are.
    public static var knownNames: [String] { KOTRoute.allCases.map(\.name) }
}

/// How often an address may ask, as KOT's `rate_limit` has it: `100 per minute`, `1000/hour`, `5 per 10 seconds`.
public struct KOTRateLimit: Sendable {
    /// As it was given.
    public let text: String
    public let limit: RateLimit

    /// - Returns: nil where it is neither of KOT's forms, nor Kvick's (`1000/h`).
    public init?(_ text: String) {
        let text = String(text[...].trimmingSpaces())
        guard let limit = RateLimit(text) ?? Self.parse(text) else { return nil }
        self.text = text
        self.limit = limit
    }

    /// Several with commas or semicolons between; nil where one is none.
    public static func list(_ text: String) -> [KOTRateLimit]? {
        var limits: [KOTRateLimit] = []
        for part in text.split(whereSeparator: { $0 == "," || $0 == ";" }) {
            guard let limit = KOTRateLimit(String(part)) else { return nil }
            limits.append(limit)
        }
        return limits
    }

    /// The notation of Flask-Limiter ("Rate limit string notation"): `[count] [per|/] [n (optional)] [second|minute|hour|day|month|year]`.
    private static func parse(_ text: String) -> RateLimit? {
        let words = text.lowercased().replacing("/", with: " per ").split(separator: " ")
        guard (3...4).contains(words.count), words[1] == "per", let count = Int(words[0]), let unit = words.last else {
            return nil
        }
        let multiple = words.count == 4 ? Int(words[2]) : 1
        let seconds = ["second": 1, "minute": 60, "hour": 3600, "day": 86_400, "month": 2_592_000, "year": 31_536_000]
        guard let multiple, (1...10_000).contains(multiple),
            let length = seconds[unit.hasSuffix("s") ? String(unit.dropLast()) : String(unit)]
        else { return nil }
        return RateLimit(count: count, window: .seconds(length * multiple))
    }
}
