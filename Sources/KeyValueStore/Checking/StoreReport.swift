/// What a look at all of a store found.
public struct StoreReport: Sendable {
    /// Something that is not as it must be.
    public struct Problem: Hashable, Sendable {
        /// What of the store it is in, as `bucket N7cm, key a/b`.
        public let place: String
        public let text: String
    }

    /// How many problems are told of; more are counted.
    public static let problemsMax = 1000

    public var revision = "0"
    public var buckets = 0
    public var databases = 0
    /// Of buckets and databases, those included whose time is over.
    public var keys = 0
    public var expiredKeys = 0
    public var scripts = 0
    /// In the history.
    public var changes = 0
    /// Records and pages that nobody can read any more and that are not cleared away yet.
    public var garbage = 0
    /// Of all records with their keys, in bytes.
    public var size = 0
    public private(set) var problems: [Problem] = []
    public private(set) var problemCount = 0

    public mutating func add(_ place: String, _ text: String) {
        problemCount += 1
        if problems.count < Self.problemsMax { problems.append(Problem(place: place, text: text)) }
    }
}
