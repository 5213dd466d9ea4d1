/// A file of a store.
public struct StorageFile: Hashable, Sendable {
    /// Its name in the store's folder.
    public let name: String
    /// Whether it is written once, and never again under this name.
    public let isImmutable: Bool

    public init(name: String, isImmutable: Bool) {
        self.name = name
        self.isImmutable = isImmutable
    }
}

/// An engine that keeps its records in the files of one folder, so that a store can be copied file by file.
public protocol FileStorageEngine: StorageEngine {
    /// Makes the folder `path`, with the files of this store as it is at a moment during the call: all that was written before is in it.
    ///
    /// The files share their space with the store's own, which comes back only once both are gone. May block for as long as
    /// it takes to bring what memory holds to the disk; reads and writes go on meanwhile.
    ///
    /// - Parameter path: a folder that is not there yet, on the store's file system.
    /// - Throws: `outOfSpace`, `failed`, `closed`; then there may be a part of the folder.
    func checkpoint(at path: String) throws(StorageError)

    /// The files of the folder `path` that make up a store, in the order of their names.
    ///
    /// - Throws: `inaccessible`.
    static func files(in path: String) throws(StorageError) -> [StorageFile]

    /// Calls `body` with the records of the store in the folder `path`, and about how many there are; no file is changed.
    ///
    /// - Throws: as the opening of a store does, and what `body` throws.
    static func withReader(
        path: String, _ body: (_ reader: any StorageReader, _ recordCount: Int) throws(StorageError) -> Void
    ) throws(StorageError)

    /// Opens the store in the folder `path` for a few writes, with little memory.
    ///
    /// - Throws: as the opening of a store does.
    static func openForRepair(path: String) throws(StorageError) -> Self
}
