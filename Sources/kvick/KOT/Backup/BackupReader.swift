import Archive
import Crypto
import KOTAPI

/// Reads a backup that `BackupWriter` wrote.
struct BackupReader {
    let path: String

    private struct Records {
        var count = 0
        var checksum = SHA256()
        var hasSealed = false
    }

    /// Reads all of it.
    ///
    /// - Throws: a `CommandFailure` where anything is not as it was written.
    func verifiedManifest() throws -> BackupManifest {
        do {
            return try verify()
        } catch {
            throw CommandFailure("\(path) can't be restored: \(error); nothing was changed")
        }
    }

    /// Calls `visit` with all records in their order, as many at a time as one call may restore.
    func forEachBatch(_ visit: ([KOTBackupRecord]) async throws -> Void) async throws {
        let zip = try ZipReader(path: path)
        var batch = RecordBatch()
        while let entry = try zip.nextEntry() {
            guard entry.name == BackupManifest.recordsEntryName else { continue }
            var lines = LineSplitter()
            while let piece = try zip.readPiece() {
                lines.append(piece)
                while let line = try lines.next() {
                    if let full = batch.add(try record(line)) { try await visit(full) }
                }
            }
        }
        if let rest = batch.take() { try await visit(rest) }
    }

    private func verify() throws -> BackupManifest {
        let zip = try ZipReader(path: path)
        var (manifest, records): (BackupManifest?, Records?)
        var stranger: String?
        var isKOTs = false
        while let entry = try zip.nextEntry() {
            switch entry.name {
            case BackupManifest.entryName where manifest == nil:
                guard let json = try zip.readAll(sizeMax: BackupManifest.sizeMax) else {
                    throw CommandFailure("it is damaged: its manifest is too large")
                }
                manifest = try BackupManifest(json: json)
            case BackupManifest.recordsEntryName where records == nil:
                records = try readRecords(zip)
            default:
                stranger = entry.name
                if try isPickled(zip) { isKOTs = true }
            }
        }
        if manifest == nil, records == nil, isKOTs {
            throw CommandFailure("it was made by KOT itself, which '\(Invocation.current.kotName) import' reads")
        }
        if let stranger { throw CommandFailure("it has an entry \(stranger), which no backup has") }
        guard let manifest, let records else { throw CommandFailure("it is damaged: an entry is missing") }
        try check(records, by: manifest)
        return manifest
    }

    private func readRecords(_ zip: ZipReader) throws -> Records {
        var records = Records()
        var lines = LineSplitter()
        while let piece = try zip.readPiece() {
            records.checksum.update(data: piece)
            lines.append(piece)
            while let line = try lines.next() {
                records.count += 1
                if case .sealed = try record(line).content { records.hasSealed = true }
            }
        }
        guard !lines.hasRest else { throw CommandFailure("it is damaged: its records were cut off") }
        return records
    }

    private func check(_ records: Records, by manifest: BackupManifest) throws {
        guard BackupManifest.checksumText(records.checksum.finalize()) == manifest.checksum else {
            throw CommandFailure("it is damaged: its checksum is that of other records")
        }
        guard records.count == manifest.records else {
            throw CommandFailure("it is damaged: it has \(records.count) records instead of \(manifest.records)")
        }
        guard !records.hasSealed || manifest.sealing != nil else {
            throw CommandFailure("it is damaged: what its sealed values are bound to is missing")
        }
    }

    private func record(_ line: [UInt8]) throws -> KOTBackupRecord {
        do {
            return try KOTBackupRecord(jsonLine: line)
        } catch {
            throw CommandFailure("it is damaged: \(error)")
        }
    }

    /// Whether the entry begins as KOT's own files do: as a pickle of protocol 2 and later, or gzip (RFC 1952 §2.3.1).
    private func isPickled(_ zip: ZipReader) throws -> Bool {
        let start = try zip.readPiece() ?? []
        return start.first == 0x80 || start.starts(with: [0x1F, 0x8B])
    }
}
