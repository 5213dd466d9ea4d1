import Archive
import Crypto
import KOTAPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a backup of one database: a .zip file of the records' lines, and a manifest with their checksum.
///
/// The file has another name until it is whole and on disk.
final class BackupWriter {
    private static let bufferSizeMax = 64 << 10

    private let path: String
    private let temporaryPath: String
    private let zip: ZipWriter
    private var checksum = SHA256()
    private var buffer: [UInt8] = []
    private var count = 0

    /// - Parameter path: where the backup will be; never overwritten.
    /// - Throws: a `CommandFailure` or an `ArchiveError`.
    init(path: String) throws {
        guard access(path, F_OK) != 0 else { throw Self.exists(path) }
        self.path = path
        temporaryPath = path + ".\(getpid()).part"
        zip = try ZipWriter(path: temporaryPath)
        try zip.beginEntry(name: BackupManifest.recordsEntryName)
    }

    func append(_ record: KOTBackupRecord) throws {
        buffer += record.jsonLine()
        buffer.append(UInt8(ascii: "\n"))
        count += 1
        if buffer.count >= Self.bufferSizeMax { try flush() }
    }

    /// Ends the file and gives it its name.
    func finish(database: String, created: BackupTime, sealing: KOTSealing?) throws {
        try flush()
        try zip.endEntry()
        let manifest = BackupManifest(
            database: database, created: created.timestamp, records: count,
            checksum: BackupManifest.checksumText(checksum.finalize()), sealing: sealing)
        try zip.beginEntry(name: BackupManifest.entryName)
        try zip.write(manifest.json)
        try zip.endEntry()
        try zip.close()
        try giveName()
        unlink(temporaryPath)
        syncFolder()
    }

    private func giveName() throws {
        // Unlike a rename, a link never takes the place of another file; some file systems have none.
        if link(temporaryPath, path) == 0 { return }
        guard errno != EEXIST else {
            unlink(temporaryPath)
            throw Self.exists(path)
        }
        guard access(path, F_OK) != 0, rename(temporaryPath, path) == 0 else {
            throw CommandFailure("\(path) can't be made: \(SystemError.last); the backup is in \(temporaryPath)")
        }
    }

    /// So that the name, too, outlasts a loss of power. The bytes are on the disk already.
    private func syncFolder() {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let descriptor = open(folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private func flush() throws {
        checksum.update(data: buffer)
        try zip.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private static func exists(_ path: String) -> CommandFailure {
        CommandFailure("\(path) is there already; try again in a second")
    }
}
