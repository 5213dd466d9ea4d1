import Storage

/// What happened to a key.
public enum ChangeKind: UInt8, Sendable {
    case set = 1
    case delete = 2
    /// Its time to live was over.
    case expire = 3
}

/// One change of a namespace, read in place. Valid only as long as the bytes that it was made of.
public struct Change {
    public let namespace: NamespaceID
    public let kind: ChangeKind
    /// The commit that made the change.
    public let revision: Revision
    /// The place behind this change.
    public let position: ChangePosition
    /// Which of the commit's changes it is, from 1.
    let number: UInt32
    public let key: UnsafeRawBufferPointer
    /// What was set; nil for all but a set.
    public let record: RecordView?

    /// Whether a reader at `position` has yet to see it.
    func isBehind(_ position: ChangePosition) -> Bool {
        (position.revision, position.number) < (revision, number)
    }
}

/// Some changes of one or more commits, in their order, as they are kept on disk and in memory.
///
/// `docs/format.md`, "History", pins the layout. A page is about 64 KiB, so that a reader who stops in the middle of one has
/// little to pass over again.
struct ChangePage: Sendable {
    static let format: UInt8 = 1
    /// The format, and how many bytes of pages were ever written, the page's own included.
    static let headerLength = 9
    /// About the size at which a page is full, in bytes.
    static let sizeMax = 64 << 10

    /// What a page has room for from the start, in bytes.
    private static let sizeMin = 1 << 10

    private(set) var bytes: [UInt8]
    /// The place behind the last change.
    private(set) var last = ChangePosition(behind: .zero)
    /// Whose changes it holds.
    private(set) var namespaces: Set<NamespaceID> = []

    init() {
        bytes = [Self.format]
        bytes.reserveCapacity(Self.sizeMin)
        bytes.appendBigEndian(UInt64(0))
    }

    var isFull: Bool { bytes.count >= Self.sizeMax }

    mutating func append(
        _ kind: ChangeKind, _ namespace: NamespaceID, _ key: [UInt8], record: [UInt8], _ revision: Revision,
        number: UInt32, isLast: Bool
    ) {
        bytes.appendBigEndian(UInt32(clamping: Self.fixedLength + key.count + record.count))
        bytes.appendBigEndian(namespace.rawValue)
        bytes.appendBigEndian(revision.rawValue)
        bytes.appendBigEndian(number)
        bytes.append(kind.rawValue | (isLast ? Self.lastOfCommit : 0))
        bytes.appendBigEndian(UInt16(clamping: key.count))
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: record)
        last = isLast ? ChangePosition(behind: revision) : ChangePosition(revision: revision, number: number)
        namespaces.insert(namespace)
    }

    /// Notes how many bytes of pages were ever written, this one's included.
    mutating func setTotal(_ total: UInt64) {
        for index in 1..<Self.headerLength {
            bytes[index] = UInt8(truncatingIfNeeded: total >> UInt64(8 * (Self.headerLength - 1 - index)))
        }
    }

    /// How many bytes of pages were ever written, a page's own included, as it says itself.
    ///
    /// - Returns: nil where `page` is of no known format.
    static func total(of page: UnsafeRawBufferPointer) -> UInt64? {
        guard page.first == format else { return nil }
        return page.bigEndian(UInt64.self, at: 1)
    }

    private static let lastOfCommit: UInt8 = 0x80
    /// What a change takes beside its key and record and the length itself, in bytes.
    private static let fixedLength = 8 + 8 + 4 + 1 + 2

    /// Calls `visit` with the changes of `namespace` that lie behind `position`, until it says stop.
    ///
    /// - Returns: whether the page's end was reached; nil where the page can't be read.
    static func forEachChange(
        in page: UnsafeRawBufferPointer, of namespace: NamespaceID, behind position: ChangePosition,
        _ visit: (Change) -> ScanStep
    ) -> Bool? {
        guard page.first == format, page.count >= headerLength else { return nil }
        var offset = headerLength
        while offset < page.count {
            guard let bytes = nextChange(in: page, at: &offset), let owner = bytes.bigEndian(UInt64.self, at: 0) else {
                return nil
            }
            guard owner == namespace.rawValue else { continue }
            guard let change = change(bytes) else { return nil }
            if change.isBehind(position), visit(change) == .stop { return false }
        }
        return true
    }

    /// Calls `visit` with all changes, and the bytes of the record that each has.
    ///
    /// - Returns: whether the page can be read to its end.
    static func forEachChange(
        in page: UnsafeRawBufferPointer, _ visit: (_ change: Change, _ record: UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        guard page.first == format, page.count >= headerLength else { return false }
        var offset = headerLength
        while offset < page.count {
            guard let bytes = nextChange(in: page, at: &offset), let change = change(bytes) else { return false }
            visit(change, bytes.suffix(fromOffset: fixedLength + change.key.count))
        }
        return true
    }

    /// The bytes of the change at `offset`, which goes on behind it; nil where they are not whole.
    private static func nextChange(
        in page: UnsafeRawBufferPointer, at offset: inout Int
    ) -> UnsafeRawBufferPointer? {
        guard let length = page.bigEndian(UInt32.self, at: offset).map({ Int($0) }),
            page.count - offset - 4 >= length
        else { return nil }
        defer { offset += 4 + length }
        return UnsafeRawBufferPointer(rebasing: page[(offset + 4)..<(offset + 4 + length)])
    }

    private static func change(_ bytes: UnsafeRawBufferPointer) -> Change? {
        guard bytes.count >= fixedLength, let namespace = bytes.bigEndian(UInt64.self, at: 0),
            let revision = bytes.bigEndian(UInt64.self, at: 8), let number = bytes.bigEndian(UInt32.self, at: 16),
            let kind = ChangeKind(rawValue: bytes[20] & ~lastOfCommit),
            let keyLength = bytes.bigEndian(UInt16.self, at: 21).map({ Int($0) }),
            bytes.count - fixedLength >= keyLength
        else { return nil }
        let commit = Revision(rawValue: revision)
        let isLast = bytes[20] & lastOfCommit != 0
        let record = bytes.suffix(fromOffset: fixedLength + keyLength)
        return Change(
            namespace: NamespaceID(rawValue: namespace), kind: kind, revision: commit,
            position: isLast ? ChangePosition(behind: commit) : ChangePosition(revision: commit, number: number),
            number: number, key: UnsafeRawBufferPointer(rebasing: bytes[fixedLength..<(fixedLength + keyLength)]),
            record: kind == .set ? RecordView(record) : nil)
    }
}
