import Statistics

/// What the writer has done since the store was opened, and what waits for it.
public struct WriterStatistics: Sendable {
    /// In commands.
    public static let groupSizeBounds: [UInt64] = (0...12).map { 1 << $0 }
    /// In nanoseconds, 50 µs to 10 s.
    public static let writeTimeBounds: [UInt64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    /// How many commands each group had that was written.
    public internal(set) var groupSizes = Histogram(bounds: groupSizeBounds)
    /// How long it took the engine to write each group and sync it, in nanoseconds.
    public internal(set) var syncTimes = Histogram(bounds: writeTimeBounds)
    /// Commands that were not taken, or not carried out, by why.
    public internal(set) var refusedBusy: UInt64 = 0
    public internal(set) var refusedDiskFull: UInt64 = 0
    public internal(set) var refusedReadOnly: UInt64 = 0
    /// Commands whose commit failed, so that their outcome is unknown.
    public internal(set) var failed: UInt64 = 0
    /// Keys that were deleted at the end of their time to live.
    public internal(set) var expiredKeys: UInt64 = 0

    /// Commands that wait, and about how much memory they hold, in bytes.
    public internal(set) var queuedCommands = 0
    public internal(set) var queuedSize = 0

    init() {}

    mutating func refuse(_ count: Int, _ reason: StoreError) {
        switch reason {
        case .busy: refusedBusy &+= UInt64(count)
        case .diskFull: refusedDiskFull &+= UInt64(count)
        case .readOnly: refusedReadOnly &+= UInt64(count)
        case .outcomeUnknown: failed &+= UInt64(count)
        default: break
        }
    }
}
