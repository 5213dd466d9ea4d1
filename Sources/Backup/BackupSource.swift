import KeyValueStore
import Storage

/// Where the files of a backup come from.
package protocol BackupSource: Sendable {
    var checkpoint: Checkpoint { get }

    /// Calls `take` with all bytes of a file, piece by piece.
    ///
    /// - Throws: where the file can't be read, and what `take` throws.
    func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws

    /// Tells the source that its files are still needed, for nobody may ask for one for a while.
    func renew() async
}

/// The files of a store that this process holds and that is not open.
package struct ClosedStore: BackupSource {
    private static let pieceSize = 1 << 20

    package let checkpoint: Checkpoint
    private let directory: StoreDirectory

    /// - Throws: where the store is not whole.
    package init(_ directory: StoreDirectory, engine: any FileStorageEngine.Type) throws(StorageError) {
        self.directory = directory
        checkpoint = try Checkpoint(of: directory, engine: engine)
    }

    /// Nobody takes it away.
    package func renew() async {}

    package func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws {
        let reader = try CheckpointReader(path: directory.path + "/" + file.name, size: file.size)
        var piece = [UInt8](repeating: 0, count: min(file.size, Self.pieceSize))
        var offset = 0
        while offset < file.size {
            try piece.withUnsafeMutableBytes { piece in
                let space = UnsafeMutableRawBufferPointer(rebasing: piece.prefix(file.size - offset))
                try reader.read(into: space, at: offset)
                try take(UnsafeRawBufferPointer(space))
                offset += space.count
            }
        }
    }
}
