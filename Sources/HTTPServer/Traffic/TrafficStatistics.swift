import Statistics

/// What became of requests and connections, on one event loop or on all together, since the server started.
public struct TrafficStatistics: Sendable {
    /// The kind of what never became a request: malformed, too slow, or refused for want of room.
    public static let invalidKind = "invalid"
    /// The names of methods; all that have none are counted as the last.
    public static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"]
    static let otherMethod = 7
    /// In nanoseconds, 100 µs to 10 s.
    public static let durationBounds: [UInt64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    /// Requests that were answered alike.
    public struct Answered: Hashable, Sendable {
        public let kind: String
        public let method: String
        /// Nil for all statuses that have no name in RFC 9110 or RFC 6585 together, which a script may choose.
        public let status: Int?
        public let count: UInt64
    }

    public let kinds: [String]
    /// From when a request was there to when its answer began, in nanoseconds, by kind.
    public private(set) var durations: [Histogram]
    /// By kind, method and status, those too that are 0.
    private var answers: [UInt64]
    private let statuses: StatusIndex

    /// Requests whose answer has not begun.
    public private(set) var requestsInFlight: UInt64
    /// Those whose client was gone before there was an answer.
    public private(set) var abandonedCount: UInt64
    public private(set) var openConnections: UInt64
    public private(set) var acceptedConnections: UInt64
    /// Of those accepted, the ones that were told that there is no room, or not even that.
    public private(set) var refusedConnections: UInt64
    public private(set) var receivedBytes: UInt64
    public private(set) var sentBytes: UInt64

    /// What was counted by now.
    init(_ counters: TrafficCounters) {
        kinds = counters.kinds
        durations = counters.durationHistograms
        answers = counters.answerCounts
        statuses = counters.statuses
        requestsInFlight = counters.begunCount &- answers.reduce(0, &+) &- counters.abandonedCount
        abandonedCount = counters.abandonedCount
        openConnections = counters.acceptedConnections &- counters.closedConnections
        acceptedConnections = counters.acceptedConnections
        refusedConnections = counters.refusedConnections
        receivedBytes = counters.receivedBytes
        sentBytes = counters.sentBytes
    }

    /// The counts that are not 0, in the order of kinds, methods and statuses.
    public var answered: [Answered] {
        answers.indices.compactMap { index in
            guard answers[index] > 0 else { return nil }
            let (rest, status) = index.quotientAndRemainder(dividingBy: statuses.count)
            let (kind, method) = rest.quotientAndRemainder(dividingBy: Self.methods.count)
            return Answered(
                kind: kinds[kind], method: Self.methods[method], status: statuses.code(at: status),
                count: answers[index])
        }
    }

    /// Adds those of another event loop, which has the same kinds.
    mutating func add(_ other: TrafficStatistics) {
        guard kinds == other.kinds else { return }
        for index in durations.indices { durations[index].add(other.durations[index]) }
        for index in answers.indices { answers[index] &+= other.answers[index] }
        requestsInFlight &+= other.requestsInFlight
        abandonedCount &+= other.abandonedCount
        openConnections &+= other.openConnections
        acceptedConnections &+= other.acceptedConnections
        refusedConnections &+= other.refusedConnections
        receivedBytes &+= other.receivedBytes
        sentBytes &+= other.sentBytes
    }
}

extension Method {
    /// The place of its name among `TrafficStatistics.methods`.
    var statisticsIndex: Int {
        switch self {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        case .other: TrafficStatistics.otherMethod
        }
    }
}

/// A small number for each status that has a name, and one for all others.
struct StatusIndex: Sendable {
    private let codes: [Int]
    /// By code.
    private let indices: [UInt8]

    init() {
        codes = Status.knownCodes
        var indices = [UInt8](repeating: UInt8(codes.count), count: 1000)
        for (index, code) in codes.enumerated() { indices[code] = UInt8(index) }
        self.indices = indices
    }

    var count: Int { codes.count + 1 }

    /// A status has a code of three digits.
    func index(of status: Status) -> Int { Int(indices[status.code]) }

    func code(at index: Int) -> Int? { index < codes.count ? codes[index] : nil }
}
