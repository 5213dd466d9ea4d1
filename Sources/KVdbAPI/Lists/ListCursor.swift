import KeyValueStore
import NIOCore
import Storage

/// Writes a list piece by piece, from one snapshot. Each call may block on the disk.
///
/// Between two pieces only the last key is kept, not a place in the engine's files: a slow reader holds nothing open.
struct ListCursor<Engine: StorageEngine>: Sendable {
    private let snapshot: NamespaceSnapshot<Engine>
    private let query: ListQuery
    private var lastKey: [UInt8]?
    private var toSkip: Int
    private var written = 0
    private(set) var isFinished = false
    /// The last key of a list that its limit cut short; known at the end.
    private(set) var cut: [UInt8]?

    /// About the size of a piece, in bytes; one value may pass it.
    private static var pieceSize: Int { 64 * 1024 }

    init(_ snapshot: NamespaceSnapshot<Engine>, _ query: ListQuery) {
        self.snapshot = snapshot
        self.query = query
        lastKey = query.after
        toSkip = query.skip
    }

    /// The list's next piece; nil behind its end.
    mutating func nextPiece() throws(StorageError) -> ByteBuffer? {
        guard !isFinished else { return nil }
        var buffer = ByteBuffer()
        if written == 0 { buffer.writeStaticString(query.format.opening) }
        let query = query
        try scan { key, record, isFirst in
            query.format.write(key, record, withValue: query.values, isFirst: isFirst, to: &buffer)
            return buffer.readableBytes < Self.pieceSize ? .next : .stop
        }
        if isFinished { buffer.writeStaticString(query.format.closing) }
        return buffer
    }

    /// The last key of a list that its limit cuts short, without writing the list; nil where all fits.
    ///
    /// The header that names it goes out before the body.
    func findCut() throws(StorageError) -> [UInt8]? {
        var ahead = self
        try ahead.scan { _, _, _ in .next }
        return ahead.cut
    }

    /// Walks on to the end of the list, or until `visit` says stop.
    private mutating func scan(
        _ visit: (UnsafeRawBufferPointer, RecordView, _ isFirst: Bool) -> ScanStep
    ) throws(StorageError) {
        var (toSkip, written) = (toSkip, written)
        let limit = query.limit
        var isStopped = false
        var isCutShort = false
        var last = lastKey
        try snapshot.scan(prefix: query.prefix, after: lastKey, reverse: query.reverse) { key, record in
            if toSkip > 0 {
                toSkip -= 1
                return .next
            }
            guard written < limit else {
                isCutShort = true
                return .stop
            }
            let step = visit(key, record, written == 0)
            written += 1
            if step == .stop || written == limit { last = Array(key) }
            isStopped = step == .stop
            return step
        }
        lastKey = last
        self.toSkip = toSkip
        self.written = written
        isFinished = !isStopped
        cut = isCutShort ? lastKey : nil
    }
}
