import Storage

/// A script of a bucket.
public struct Script: Hashable, Sendable {
    public let source: [UInt8]
    /// When it was written.
    public let updated: Timestamp
    public let revision: Revision

    /// How many a bucket may have.
    public static let maxCount = 100

    private static let format: UInt8 = 1
    private static let headerLength = 17

    /// The script as the engine keeps it; `docs/format.md`, "Scripts", pins the layout.
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerLength + source.count)
        bytes.append(Self.format)
        bytes.appendBigEndian(revision.rawValue)
        bytes.appendBigEndian(updated.milliseconds)
        bytes.append(contentsOf: source)
        return bytes
    }
}

/// A script as a list shows it.
public struct ListedScript: Hashable, Sendable {
    public let name: [UInt8]
    /// Of the source, in bytes.
    public let size: Int
    /// When it was written.
    public let updated: Timestamp
}

extension Script {
    /// - Throws: `damaged` where `bytes` are no script of a known format.
    init(decoding bytes: UnsafeRawBufferPointer) throws(StorageError) {
        guard bytes.first == Self.format, bytes.count >= Self.headerLength,
            let revision = bytes.bigEndian(UInt64.self, at: 1), let updated = bytes.bigEndian(Int64.self, at: 9)
        else { throw .unreadableRecord }
        self.init(
            source: Array(bytes.suffix(fromOffset: Self.headerLength)), updated: Timestamp(milliseconds: updated),
            revision: Revision(rawValue: revision))
    }
}
