import KeyValueStore
import Storage

/// Walks over the records of a database at one moment, in steps that may block on the disk and look at a bounded number.
struct DatabaseCursor: Sendable {
    private let snapshot: NamespaceSnapshot
    /// The last key that was dealt with.
    private var position: [UInt8]?
    private(set) var isFinished = false

    /// What one step looks at: records, and bytes of their values.
    private static var step: (records: Int, bytes: Int) { (4096, 1 << 20) }

    init(_ snapshot: NamespaceSnapshot) {
        self.snapshot = snapshot
    }

    /// Takes one step, which `visit` may end before.
    ///
    /// - Throws: what `visit` throws; `namespaceDeleted`, `storage`.
    mutating func advance(
        _ visit: (_ key: UnsafeRawBufferPointer, RecordView) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        var failure: StoreError?
        var stoppedAt: [UInt8]?
        let pausedAt = try snapshot.scan(prefix: [], after: position, reverse: false, stepMax: Self.step) {
            key, record in
            do throws(StoreError) {
                if try visit(key, record) == .next { return .next }
                stoppedAt = Array(key)
            } catch {
                failure = error
            }
            return .stop
        }
        if let failure { throw failure }
        position = stoppedAt ?? pausedAt
        isFinished = position == nil
    }
}
