import Archive

/// A file of a KOT database that holds a record, compressed or not.
struct KOTRecordFile {
    /// Of a file, and of what it is when decompressed.
    static let sizeMax = PickleLimits.sizeMax

    let record: KOTRecord
    let isCompressed: Bool

    /// Whether a file of this name holds a record: KOT replaces the dots in keys, and names its markers (`.co`), temporary
    /// files (`.l`, `.li…`, `.re…`) and users' files by what is behind one.
    static func isNamed(_ name: String) -> Bool {
        !name.utf8.contains(UInt8(ascii: "."))
    }

    /// Compressed is what begins as gzip, which no pickle does; KOT's marker may be of another try to write the file.
    ///
    /// - Throws: `ArchiveError`, `PickleError`.
    init(_ bytes: [UInt8]) throws {
        isCompressed = Gzip.isGzip(bytes)
        record = try KOTRecord(pickle: isCompressed ? Gzip.decompress(bytes, sizeMax: Self.sizeMax) : bytes)
    }
}
