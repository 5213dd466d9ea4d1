import Storage

/// The revision that the store writes with every commit.
enum StoredRevision {
    /// The newest revision that `reader` holds.
    ///
    /// - Throws: `damaged` where it can't be read.
    static func newest(in reader: any StorageReader) throws(StorageError) -> Revision {
        let bytes = try KeyLayout.revision.withUnsafeBytes { (key) throws(StorageError) in
            try reader.get(key) { $0.bigEndian(UInt64.self, at: 0) }
        }
        guard let bytes else { return .zero }
        guard let rawValue = bytes else {
            throw StorageError(.damaged, "the store's newest revision can't be read; restore a backup")
        }
        return Revision(rawValue: rawValue)
    }
}
