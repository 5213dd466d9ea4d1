import NIOCore
import Statistics

/// What is counted of the requests and connections of one event loop. Used on that event loop alone.
///
/// Numbers in memory of their own, so that to count a request is a few additions: no array is looked after, no lock is taken.
final class TrafficCounters {
    /// The names of the kinds of requests.
    let kinds: [String]
    let statuses = StatusIndex()
    private let durationBounds = TrafficStatistics.durationBounds
    /// By kind, method and status.
    private let answers: UnsafeMutableBufferPointer<UInt64>
    /// By kind: those of the buckets of its histogram, and behind them the sum.
    private let durations: UnsafeMutableBufferPointer<UInt64>

    /// Requests that were handed to the handler, or are to be refused.
    var begunCount: UInt64 = 0
    /// Those whose client was gone before there was an answer.
    var abandonedCount: UInt64 = 0
    var acceptedConnections: UInt64 = 0
    var closedConnections: UInt64 = 0
    var refusedConnections: UInt64 = 0
    var receivedBytes: UInt64 = 0
    var sentBytes: UInt64 = 0

    init(kinds: [String]) {
        self.kinds = kinds
        answers = .allocate(capacity: kinds.count * TrafficStatistics.methods.count * statuses.count)
        answers.initialize(repeating: 0)
        durations = .allocate(capacity: kinds.count * (durationBounds.count + 2))
        durations.initialize(repeating: 0)
    }

    var answerCounts: [UInt64] { Array(answers) }

    var durationHistograms: [Histogram] {
        kinds.indices.map { kind in
            let size = durationBounds.count + 2
            let counts = durations[kind * size..<(kind + 1) * size]
            return Histogram(bounds: durationBounds, counts: Array(counts.dropLast()), sum: counts.last ?? 0)
        }
    }

    deinit {
        answers.deallocate()
        durations.deallocate()
    }

    /// Counts an answer that began so long after its request was there; `kind` is an index into `kinds`.
    func answer(kind: Int, method: Int, status: Status, nanoseconds: UInt64) {
        precondition(kinds.indices.contains(kind) && TrafficStatistics.methods.indices.contains(method))
        answers[(kind * TrafficStatistics.methods.count + method) * statuses.count + statuses.index(of: status)] &+= 1
        var bucket = 0
        while bucket < durationBounds.count, durationBounds[bucket] < nanoseconds { bucket += 1 }
        let start = kind * (durationBounds.count + 2)
        durations[start + bucket] &+= 1
        durations[start + durationBounds.count + 1] &+= nanoseconds
    }
}
