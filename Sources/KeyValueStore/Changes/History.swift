import Storage
import Synchronization

/// The changes of the last while, on disk, bounded in size: what a watcher reads who was away.
///
/// Pages are written with the changes themselves, in one batch, so the history is whole behind its start, whatever happens.
final class History: Sendable {
    private struct State {
        /// All changes behind this place are there.
        var start: ChangePosition
        /// Whether the stored start is another one.
        var isStartUnsaved: Bool
        /// Whether the pages before the start must stay, for the stored one may be another.
        var isStartPending: Bool
        /// How many bytes of pages were ever written, and how many of them before the start.
        var written: UInt64
        var before: UInt64
    }

    /// In bytes; nil where none is kept.
    private let sizeMax: Int?
    /// The store's newest commit when it was opened, and the one behind which it went on.
    private let opening: (stored: Revision, next: Revision)
    private let garbage: Garbage
    private let state: Mutex<State>

    /// Finds what is there.
    ///
    /// - Parameters:
    ///   - stored: the newest commit.
    ///   - revision: the one behind which the store goes on; those between them may have been lost.
    /// - Throws: `damaged`, `failed`.
    init(
        _ reader: any StorageReader, sizeMax: Int?, stored newestStored: Revision, revision: Revision, garbage: Garbage
    ) throws(StorageError) {
        opening = (newestStored, revision)
        self.sizeMax = sizeMax
        self.garbage = garbage
        let stored = try KeyLayout.historyStart.withUnsafeBytes { (key) throws(StorageError) in
            try reader.get(key) { ChangePosition(decoding: $0) }
        }
        let newest = ChangePosition(behind: revision)
        let start: ChangePosition
        if sizeMax == nil {
            start = .end
        } else if let stored = stored ?? nil, stored <= newest {
            start = stored
        } else {
            // There was none before, or it was turned off meanwhile.
            start = newest
        }
        let written = try Self.total(reader, reverse: true, KeyLayout.history)
        let first = start == .end ? nil : try Self.total(reader, reverse: false, KeyLayout.history(behind: start))
        let total = written?.total ?? 0
        let before = first.map { $0.total &- UInt64(clamping: $0.size) } ?? total
        state = Mutex(
            State(
                start: start, isStartUnsaved: stored != .some(start),
                isStartPending: stored != .some(start) && written != nil, written: total, before: min(before, total)))
        // What lies before the stored start was garbage before. The rest is once the new one is on disk for certain.
        garbage.setHistoryStart(min(start, (stored ?? nil) ?? ChangePosition(behind: .zero)))
    }

    /// The total that the first page of `range` tells, or the last, and that page's size.
    private static func total(
        _ reader: any StorageReader, reverse: Bool, _ range: KeyRange
    ) throws(StorageError) -> (total: UInt64, size: Int)? {
        var found: (UInt64?, Int)?
        try reader.scan(range, reverse: reverse, fillingCache: false) { _, page in
            found = (ChangePage.total(of: page), page.count)
            return .stop
        }
        guard let found else { return nil }
        guard let total = found.0 else { throw .unreadableHistory }
        return (total, found.1)
    }

    /// Whether a revision is of a commit that may have been, but is not on disk.
    func isUnknown(_ revision: Revision) -> Bool {
        opening.stored < revision && revision < opening.next
    }

    /// All changes behind this place are there.
    var start: ChangePosition { state.withLock { $0.start } }

    /// A start of which it is not certain yet that it is on disk, so that the pages before it are no garbage.
    var pendingStart: (start: ChangePosition, before: UInt64)? {
        state.withLock { $0.isStartPending ? ($0.start, $0.before) : nil }
    }

    /// About how many bytes of changes are kept.
    var size: UInt64 { state.withLock { $0.written &- $0.before } }

    // MARK: The writer's side

    /// Adds a group's pages, once they say how many bytes were written, to the batch that makes its changes.
    ///
    /// - Returns: what `didWrite` is to be told once the batch is written.
    func add(_ pages: inout [ChangePage], to batch: inout WriteBatch) -> UInt64 {
        let (start, isStartUnsaved, total) = state.withLock { ($0.start, $0.isStartUnsaved, $0.written) }
        if isStartUnsaved { batch.put(KeyLayout.historyStart, start.encoded()) }
        guard sizeMax != nil else { return total }
        var written = total
        for index in pages.indices {
            written &+= UInt64(clamping: pages[index].bytes.count)
            pages[index].setTotal(written)
            batch.put(KeyLayout.historyPage(pages[index].last), pages[index].bytes)
        }
        return written
    }

    func didWrite(_ written: UInt64) {
        state.withLock { state in
            state.written = written
            state.isStartUnsaved = false
        }
    }

    // MARK: Trimming

    /// The place at which the history has to begin to keep to its size; nil where it does. May block.
    func newStart(_ reader: any StorageReader) throws(StorageError) -> (start: ChangePosition, before: UInt64)? {
        guard let sizeMax else { return nil }
        let (start, written, before) = state.withLock { ($0.start, $0.written, $0.before) }
        guard written &- before > UInt64(clamping: sizeMax) else { return nil }
        // A little more than it must be, so that it is not done again at once.
        let excess = written &- before &- UInt64(clamping: sizeMax - sizeMax / 16)
        var found: (start: ChangePosition, before: UInt64)?
        var isUnreadable = false
        try reader.scan(KeyLayout.history(behind: start), reverse: false, fillingCache: false) { key, page in
            guard let last = KeyLayout.lastPosition(ofHistoryPage: key), let total = ChangePage.total(of: page) else {
                isUnreadable = true
                return .stop
            }
            found = (last, total)
            return total &- before >= excess ? .stop : .next
        }
        guard !isUnreadable else { throw .unreadableHistory }
        return found
    }

    /// The pages before the start, which are garbage, once they are worth a pass over the engine's files: once they have half as many
    /// bytes as the history may have, or at all where none is kept. A store that is written to gets rid of most of them sooner, by the
    /// engine's own compactions. May block.
    func pagesToReclaim(_ reader: any StorageReader) throws(StorageError) -> KeyRange? {
        let (start, before, isStartPending) = state.withLock { ($0.start, $0.before, $0.isStartPending) }
        guard !isStartPending else { return nil }
        let range = KeyLayout.history(upTo: start)
        guard let first = try Self.total(reader, reverse: false, range) else { return nil }
        let garbage = before &- (first.total &- UInt64(clamping: first.size))
        if let sizeMax, garbage < UInt64(clamping: sizeMax / 2) { return nil }
        return range
    }

    /// Has the history begin at a place that is on disk for certain, so that the pages before it are garbage.
    func begin(at start: ChangePosition, before: UInt64) {
        state.withLock { state in
            state.start = start
            state.before = before
            state.isStartPending = false
        }
        garbage.setHistoryStart(start)
    }
}

extension StorageError {
    static let unreadableHistory = StorageError(
        .damaged,
        """
        a page of the history of changes is of no format that this version knows; restore a backup or use the version \
        that wrote it
        """
    )
}
