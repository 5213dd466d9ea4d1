import Archive
import Crypto
import KeyValueStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One backup in one .tar file: its manifest, then its files in the manifest's order, under the names that they have in a store's folder.
package struct BackupArchive {
    private static let manifestName = "backup.json"

    /// What it is called in errors.
    private let name: String
    private let descriptor: CInt

    /// - Parameter descriptor: read or written from where it is, and not closed.
    package init(descriptor: CInt, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Writes a backup of `folder`, whose files are compared with their digests meanwhile.
    package func write(_ backup: StoreBackup, from folder: BackupFolder) throws {
        let tar = try TarWriter(descriptor: descriptor, name: name)
        let manifest = try backup.encoded()
        try tar.beginEntry(name: Self.manifestName, size: manifest.count)
        try manifest.withUnsafeBytes { try tar.write($0) }
        try tar.endEntry()
        for file in backup.files {
            try tar.beginEntry(name: file.name, size: file.size)
            try folder.forEachPiece(of: file) { try tar.write($0) }
            try tar.endEntry()
        }
        try tar.close()
    }

    /// Reads all of it and compares the files with their digests.
    ///
    /// - Parameters:
    ///   - willRead: told of what it says of itself, before its files are read.
    ///   - begin: called for each file; what it gives back takes the file's bytes, and is called with nil at their end.
    /// - Throws: where anything is damaged or missing, with the file's name.
    package func read(
        willRead: (StoreBackup) throws -> Void = { _ in },
        _ begin: (BackupFile) throws -> (UnsafeRawBufferPointer?) throws -> Void
    ) throws -> StoreBackup {
        let tar = try TarReader(descriptor: descriptor, name: name)
        let backup = try manifest(tar)
        try willRead(backup)
        for file in backup.files {
            guard let entry = try tar.nextEntry() else {
                throw BackupError("\(name) is damaged: \(file.name) is missing")
            }
            guard entry.name == file.name, entry.size == file.size else {
                throw BackupError("\(name) is damaged: \(entry.name) stands in place of \(file.name)")
            }
            let take = try begin(file)
            var digest = SHA256()
            try tar.readEntry { piece in
                digest.update(bufferPointer: piece)
                try take(piece)
            }
            guard digest.finalize().hexadecimal == file.sha256 else {
                throw BackupError("\(file.name) of \(name) is damaged: its checksum is another")
            }
            try take(nil)
        }
        guard try tar.nextEntry() == nil else { throw BackupError("\(name) is damaged: more is in it than it says") }
        return backup
    }

    private func manifest(_ tar: TarReader) throws -> StoreBackup {
        guard let entry = try tar.nextEntry(), entry.name == Self.manifestName, entry.size <= StoreBackup.sizeMax else {
            throw BackupError("\(name) is no backup of a store")
        }
        var bytes: [UInt8] = []
        try tar.readEntry { bytes += $0 }
        return try StoreBackup(decoding: bytes, name: "\(Self.manifestName) of \(name)")
    }
}
