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

    private let file: PartialFile
    private let zip: ZipWriter
    private var checksum = SHA256()
    private var buffer: [UInt8] = []
    private var count = 0

    /// - Parameter path: where the backup will be; never overwritten.
    /// - Throws: a `CommandFailure` or an `ArchiveError`.
    init(path: String) throws {
        guard access(path, F_OK) != 0 else { throw Self.exists(path) }
        file = PartialFile(path: path)
        zip = try ZipWriter(path: file.temporaryPath)
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
    }

    private func giveName() throws {
        do {
            try file.place(replacing: false)
        } catch  where error.code == EEXIST {
            file.remove()
            throw Self.exists(file.path)
        } catch {
            throw CommandFailure("\(file.path) can't be made: \(error); the backup is in \(file.temporaryPath)")
        }
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
