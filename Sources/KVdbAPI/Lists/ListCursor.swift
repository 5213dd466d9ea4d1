import HTTPAPI
import KeyValueStore
import NIOCore
import Storage

/// Writes a list bit by bit, from one snapshot. Each call looks at a bounded number of records, and may block on the disk.
///
/// Between two calls only the last key is kept, not a place in the engine's files: a slow reader holds nothing open.
struct ListCursor: PieceSource {
    private let snapshot: NamespaceSnapshot
    private let query: ListQuery
    /// The last key that was dealt with.
    private var position: [UInt8]?
    private var toSkip: Int
    /// How many entries were written, or would have been where the cursor only looks ahead.
    private(set) var written = 0
    /// The key with which the limit was reached.
    private var lastWithinLimit: [UInt8]?
    private(set) var isFinished = false
    /// The last key of a list that its limit cut short; known at the end.
    private(set) var cut: [UInt8]?
    /// The last key that the list may have, where that was said before: records that expire meanwhile make no room.
    var lastAllowed: [UInt8]?

    /// About the size of a piece, in bytes; one value may pass it.
    private static var pieceSize: Int { 64 * 1024 }
    /// What one call looks at, so that no list holds up the others: records, and bytes of their values.
    private static var step: (records: Int, bytes: Int) { (4096, 1 << 20) }

    init(_ snapshot: NamespaceSnapshot, _ query: ListQuery) {
        self.snapshot = snapshot
        self.query = query
        position = query.after
        toSkip = query.skip
    }

    /// Writes on at a piece of the list.
    ///
    /// - Returns: whether the piece is complete; the list may be over with it (`isFinished`).
    mutating func fill(_ piece: inout ByteBuffer) throws(StoreError) -> Bool {
        let query = query
        var isFull = false
        if written == 0, piece.readableBytes == 0 { piece.writeStaticString(query.format.opening) }
        try scan { key, record, isFirst in
            query.format.write(key, record, withValue: query.values, isFirst: isFirst, to: &piece)
            isFull = piece.readableBytes >= Self.pieceSize
            return isFull ? .stop : .next
        }
        if isFinished { piece.writeStaticString(query.format.closing) }
        return isFull || isFinished
    }

    /// Walks on without writing, to find where the limit cuts the list: the header that tells it goes out before the body.
    mutating func skipAhead() throws(StoreError) {
        try scan { _, _, _ in .next }
    }

    private mutating func scan(
        _ visit: (UnsafeRawBufferPointer, RecordView, _ isFirst: Bool) -> ScanStep
    ) throws(StoreError) {
        let (query, lastAllowed) = (query, lastAllowed)
        var (toSkip, written, lastWithinLimit) = (toSkip, written, lastWithinLimit)
        var stoppedAt: [UInt8]?
        var isCut = false
        let pausedAt = try snapshot.scan(
            prefix: query.prefix, after: position, reverse: query.reverse, stepMax: Self.step
        ) { key, record in
            if toSkip > 0 {
                toSkip -= 1
                return .next
            }
            if let lastAllowed, Self.isBehind(key, lastAllowed, reverse: query.reverse) { return .stop }
            guard written < query.limit else {
                isCut = true
                return .stop
            }
            let step = visit(key, record, written == 0)
            written += 1
            if written == query.limit { lastWithinLimit = Array(key) }
            if step == .stop { stoppedAt = Array(key) }
            return step
        }
        self.toSkip = toSkip
        self.written = written
        self.lastWithinLimit = lastWithinLimit
        cut = isCut ? lastWithinLimit : nil
        position = stoppedAt ?? pausedAt
        isFinished = stoppedAt == nil && pausedAt == nil
    }

    private static func isBehind(_ key: UnsafeRawBufferPointer, _ other: [UInt8], reverse: Bool) -> Bool {
        reverse ? key.lexicographicallyPrecedes(other) : other.lexicographicallyPrecedes(key)
    }
}
