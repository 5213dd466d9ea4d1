import CArchive

/// Reads the entries of a .zip file (APPNOTE.TXT of PKWARE) one after the other, in pieces.
///
/// An error names the entry, and nothing can be read behind it. Used by one thread at a time.
package final class ZipReader {
    package struct Entry: Hashable, Sendable {
        package let name: String
        /// False for a folder.
        package let isFile: Bool
    }

    /// How many bytes a piece has at most.
    package static let pieceSizeMax = 64 << 10

    private let path: String
    private let archive: ReadHandle
    private var entryName = ""
    /// How many entries were not reached; nil behind the last.
    private var restCount: UInt64?

    /// - Throws: where there is no such file, or it is no whole .zip file.
    package init(path: String) throws(ArchiveError) {
        self.path = path
        archive = try ReadHandle()
        let entryCount = try ZipEnd.entryCount(path)
        // libarchive takes a file without entries for none of its own.
        guard entryCount > 0 else { return }
        restCount = entryCount
        let archive = archive.pointer
        // By the central directory alone, so that a file that was cut is refused at once.
        let isOpen = UTF8Locale.during {
            archive_read_support_format_zip_seekable(archive) == ARCHIVE_OK
                && archive_read_open_filename(archive, path, Self.pieceSizeMax) == ARCHIVE_OK
        }
        guard isOpen else { throw .library(archive, "read", path) }
    }

    /// Goes to the next entry, over what was not read of this one; nil behind the last.
    package func nextEntry() throws(ArchiveError) -> Entry? {
        guard let restCount else { return nil }
        let archive = archive.pointer
        var header: OpaquePointer?
        let status = UTF8Locale.during { archive_read_next_header(archive, &header) }
        guard status != ARCHIVE_EOF else {
            guard restCount == 0 else {
                throw ArchiveError("\(path) is damaged: \(restCount) of its entries are missing")
            }
            self.restCount = nil
            return nil
        }
        guard status == ARCHIVE_OK, restCount > 0, let header, let name = archive_entry_pathname(header) else {
            throw .library(archive, "read", entryName.isEmpty ? path : "\(path) behind its entry \(entryName)")
        }
        self.restCount = restCount - 1
        entryName = String(cString: name)
        let type = archive_entry_filetype(header)
        guard type == S_IFREG || type == S_IFDIR && archive_entry_size(header) == 0 else {
            throw ArchiveError("the entry \(entryName) of \(path) is neither a file nor a folder")
        }
        return Entry(name: entryName, isFile: type == S_IFREG)
    }

    /// Reads the next bytes of the entry; nil at its end, where its checksum was found to be right.
    package func readPiece() throws(ArchiveError) -> [UInt8]? {
        let archive = archive.pointer
        var count = 0
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSizeMax) { buffer, initializedCount in
            count = archive_read_data(archive, buffer.baseAddress, buffer.count)
            initializedCount = max(count, 0)
        }
        guard count >= 0 else { throw .library(archive, "read", "the entry \(entryName) of \(path)") }
        return piece.isEmpty ? nil : piece
    }

    /// Reads what is left of the entry; nil where that is more than `sizeMax` bytes.
    package func readAll(sizeMax: Int) throws(ArchiveError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while let piece = try readPiece() {
            guard piece.count <= sizeMax - bytes.count else { return nil }
            bytes += piece
        }
        return bytes
    }
}
