/// How many values there were up to each of a few bounds, and their sum.
///
/// To record a value allocates nothing and takes a few nanoseconds where it is small.
public struct Histogram: Hashable, Sendable {
    /// The largest value of each bucket but the last, which has no bound, in ascending order.
    public let bounds: [UInt64]
    /// Of each bucket alone; one more than there are bounds.
    public private(set) var counts: [UInt64]
    public private(set) var sum: UInt64 = 0

    /// An empty one; `bounds` are in ascending order.
    public init(bounds: [UInt64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// The number of values.
    public var count: UInt64 { counts.reduce(0, &+) }

    @inlinable
    public mutating func record(_ value: UInt64) {
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < value { bucket += 1 }
        add(value, to: bucket)
    }

    @usableFromInline
    mutating func add(_ value: UInt64, to bucket: Int) {
        counts[bucket] &+= 1
        sum &+= value
    }

    /// Adds the values of another of the same bounds; of other bounds, nothing.
    public mutating func add(_ other: Histogram) {
        guard other.bounds == bounds else { return }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sum &+= other.sum
    }
}
