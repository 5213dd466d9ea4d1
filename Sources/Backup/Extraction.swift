import KeyValueStore

/// Writes the files of a backup to where they belong in a folder, each compared with its digest.
package struct Extraction {
    private let path: String
    private let didCopy: (Int) -> Void

    /// - Parameters:
    ///   - path: an empty folder.
    ///   - didCopy: told of each piece that was written, in bytes.
    package init(to path: String, didCopy: @escaping (Int) -> Void = { _ in }) throws {
        self.path = path
        self.didCopy = didCopy
        try DiskFile.makeFolder(path + "/" + StoreDirectory.engineName)
    }

    package func extract(_ backup: StoreBackup, from folder: BackupFolder) throws {
        for file in backup.files {
            let take = try begin(file)
            try folder.forEachPiece(of: file, take)
            try take(nil)
        }
        try finish()
    }

    /// - Returns: what the archive says of itself.
    /// - Parameter willRead: told of that before the files are written.
    package func extract(
        _ archive: BackupArchive, willRead: (StoreBackup) throws -> Void = { _ in }
    ) throws -> StoreBackup {
        let backup = try archive.read(willRead: willRead, begin)
        try finish()
        return backup
    }

    private func begin(_ file: BackupFile) throws -> (UnsafeRawBufferPointer?) throws -> Void {
        let copy = try NewFile(path: path + "/" + file.name)
        return { [didCopy] piece in
            guard let piece else {
                _ = try copy.finish()
                return
            }
            try Task.checkCancellation()
            try copy.write(piece)
            didCopy(piece.count)
        }
    }

    private func finish() throws {
        try DiskFile.syncFolder(path + "/" + StoreDirectory.engineName)
        try DiskFile.syncFolder(path)
    }
}
