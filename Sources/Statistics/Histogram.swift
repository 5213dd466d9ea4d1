/// How many values there were up to each of a few bounds, and their sum.
public struct Histogram: Hashable, Sendable {
    /// The largest value of each bucket but the last, which has no bound, in ascending order.
    public let bounds: [UInt64]
    /// Of each bucket alone; one more than there are bounds.
    public private(set) var counts: [UInt64]
    public private(set) var sum: UInt64

    /// An empty one; `bounds` are in ascending order.
    public init(bounds: [UInt64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
        sum = 0
    }

    /// What was counted elsewhere: as many counts as there are bounds, and one more.
    public init(bounds: [UInt64], counts: [UInt64], sum: UInt64) {
        precondition(counts.count == bounds.count + 1, "a histogram has one count more than bounds")
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    /// The number of values.
    public var count: UInt64 { counts.reduce(0, &+) }

    public mutating func record(_ value: UInt64) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= 1
        sum &+= value
    }

    /// Adds the values of another of the same bounds; of other bounds, nothing.
    public mutating func add(_ other: Histogram) {
        guard other.bounds == bounds else { return }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sum &+= other.sum
    }
}
