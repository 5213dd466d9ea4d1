#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A moment, in milliseconds since 1970-01-01 UTC.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The system clock's time.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// This moment and the whole seconds of `duration` later, or the last that can be counted.
    func advanced(by duration: Duration) -> Timestamp {
        let (product, isTooLong) = duration.components.seconds.multipliedReportingOverflow(by: 1000)
        let (sum, isTooLate) = milliseconds.addingReportingOverflow(product)
        return Timestamp(milliseconds: isTooLong || isTooLate ? .max : sum)
    }

    /// This moment and `duration` later; nil where that can't be counted.
    public func advanced(by duration: TimeToLive) -> Timestamp? {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.milliseconds)
        return overflow ? nil : Timestamp(milliseconds: sum)
    }
}

/// How long a key lives after its last update, in milliseconds; 0 is for ever.
public struct TimeToLive: Hashable, Sendable {
    public let milliseconds: Int64

    /// So much that no clock's time and it are too much to be counted together, in milliseconds: 146 million years.
    private static let longest = Int64.max / 2

    /// - Returns: nil where `milliseconds` is negative or past 146 million years.
    public init?(milliseconds: Int64) {
        guard (0...Self.longest).contains(milliseconds) else { return nil }
        self.milliseconds = milliseconds
    }

    /// - Returns: nil where `seconds` is negative or past 146 million years.
    public init?(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return nil }
        self.init(milliseconds: product)
    }

    private init(unchecked milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The key stays until it is deleted.
    public static let forever = TimeToLive(unchecked: 0)
    /// A week: what a bucket has that sets no other (KVdb reference, "Buckets").
    public static let bucketDefault = TimeToLive(unchecked: 604_800_000)

    public var isForever: Bool { milliseconds == 0 }
}
