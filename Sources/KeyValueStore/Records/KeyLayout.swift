import Storage

/// How the store's keys are laid out in the engine's one ordered space; `docs/format.md` pins it.
enum KeyLayout {
    /// The first byte of a key says what it keys.
    enum Space: UInt8 {
        case meta = 0
        case namespace = 1
        case goneNamespace = 2
        case record = 3
        case history = 4
        case script = 5
    }

    /// Where the newest commit's revision is written, with every commit.
    static let revision = Key([Space.meta.rawValue] + Array("revision".utf8))
    /// Where the next namespace's id is written.
    static let nextNamespaceID = Key([Space.meta.rawValue] + Array("next-namespace-id".utf8))

    /// Where the place is written behind which the history is whole.
    static let historyStart = Key([Space.meta.rawValue] + Array("history-start".utf8))

    static func namespace(_ kind: Namespace.Kind, _ name: some Collection<UInt8>) -> Key {
        Key([Space.namespace.rawValue, kind.rawValue] + name)
    }

    static func namespaces(_ kind: Namespace.Kind) -> KeyRange {
        KeyRange(prefix: [Space.namespace.rawValue, kind.rawValue])
    }

    /// The length of what stands before the name in a namespace's key.
    static let namespacePrefixLength = 2

    static func goneNamespace(_ id: NamespaceID) -> Key {
        Key(prefix(.goneNamespace, id))
    }

    static let goneNamespaces = KeyRange(prefix: [Space.goneNamespace.rawValue])
    static let records = KeyRange(prefix: [Space.record.rawValue])

    /// The id that a `goneNamespace`, record or script key names; nil where it is no such key.
    static func namespaceID(of key: UnsafeRawBufferPointer) -> NamespaceID? {
        key.bigEndian(UInt64.self, at: 1).map(NamespaceID.init(rawValue:))
    }

    /// Whose record a key is of; nil where it is no record's.
    static func namespaceID(ofRecord key: Key) -> NamespaceID? {
        guard key.bytes.first == Space.record.rawValue else { return nil }
        return key.withUnsafeBytes { namespaceID(of: $0) }
    }

    static func records(of id: NamespaceID, prefix keyPrefix: some Collection<UInt8> = []) -> KeyRange {
        KeyRange(prefix: prefix(.record, id) + keyPrefix)
    }

    /// The records whose keys, as users know them, lie in `keys`.
    static func records(of id: NamespaceID, in keys: KeyRange) -> KeyRange {
        KeyRange(
            lowerBound: record(id, keys.lowerBound.bytes),
            upperBound: keys.upperBound.map { record(id, $0.bytes) } ?? records(of: id).upperBound)
    }

    static func record(_ id: NamespaceID, _ key: some Collection<UInt8>) -> Key {
        Key(prefix(.record, id) + key)
    }

    static func scripts(of id: NamespaceID) -> KeyRange {
        KeyRange(prefix: prefix(.script, id))
    }

    static func script(_ id: NamespaceID, _ name: some Collection<UInt8>) -> Key {
        Key(prefix(.script, id) + name)
    }

    /// The length of what stands before the user's key in a record's key, and before the name in a script's.
    static let recordPrefixLength = 9

    /// Calls `body` with a record's key, made without allocation.
    static func withRecord<Result, Failure: Error>(
        _ id: NamespaceID, _ key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeTemporaryAllocation(
            byteCount: recordPrefixLength + key.count, alignment: 1
        ) { (buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Result in
            buffer[0] = Space.record.rawValue
            buffer.storeBytes(of: id.rawValue.bigEndian, toByteOffset: 1, as: UInt64.self)
            UnsafeMutableRawBufferPointer(rebasing: buffer[recordPrefixLength...]).copyMemory(from: key)
            return try body(UnsafeRawBufferPointer(buffer))
        }
    }

    static let history = KeyRange(prefix: [Space.history.rawValue])

    /// Where a page of the history is kept whose last change ends at `last`.
    static func historyPage(_ last: ChangePosition) -> Key {
        Key([Space.history.rawValue] + last.encoded())
    }

    /// The pages of the history that end behind `position`.
    static func history(behind position: ChangePosition) -> KeyRange {
        history.after(historyPage(position))
    }

    /// The pages of the history up to one that ends at `position`.
    static func history(upTo position: ChangePosition) -> KeyRange {
        KeyRange(lowerBound: history.lowerBound, upperBound: Key(historyPage(position).bytes + [0]))
    }

    /// Where the page of that key ends; nil where it is no such key.
    static func lastPosition(ofHistoryPage key: UnsafeRawBufferPointer) -> ChangePosition? {
        guard key.first == Space.history.rawValue else { return nil }
        return ChangePosition(decoding: key, at: 1)
    }

    private static func prefix(_ space: Space, _ id: NamespaceID) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(recordPrefixLength)
        bytes.append(space.rawValue)
        bytes.appendBigEndian(id.rawValue)
        return bytes
    }
}
