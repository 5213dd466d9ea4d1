import CArchive

/// Reads the entries of a .tar file (POSIX.1-2001) one after the other, in pieces, from a descriptor that its user opens and closes.
///
/// After an error nothing more can be read. Used by one thread at a time.
package final class TarReader {
    package struct Entry: Hashable, Sendable {
        package let name: String
        /// In bytes.
        package let size: Int
    }

    /// How many bytes a piece has at most.
    package static let pieceSizeMax = 256 << 10

    private let name: String
    private let archive: ReadHandle
    private var entryName = ""

    /// - Parameter name: what the file is called in errors.
    /// - Throws: where it is no .tar file.
    package init(descriptor: CInt, name: String) throws(ArchiveError) {
        self.name = name
        archive = try ReadHandle()
        let archive = archive.pointer
        guard archive_read_support_format_tar(archive) == ARCHIVE_OK,
            archive_read_open_fd(archive, descriptor, Self.pieceSizeMax) == ARCHIVE_OK
        else { throw .library(archive, "read", name) }
    }

    /// Goes to the next entry, over what was not read of this one; nil behind the last.
    package func nextEntry() throws(ArchiveError) -> Entry? {
        var header: OpaquePointer?
        let status = archive_read_next_header(archive.pointer, &header)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK, let header, let entry = archive_entry_pathname(header) else {
            throw .library(archive.pointer, "read", entryName.isEmpty ? name : "\(name) behind its entry \(entryName)")
        }
        entryName = String(cString: entry)
        guard archive_entry_filetype(header) == S_IFREG else {
            throw ArchiveError("the entry \(entryName) of \(name) is no file")
        }
        return Entry(name: entryName, size: Int(archive_entry_size(header)))
    }

    /// Calls `take` with the bytes of the entry, piece by piece, to its end.
    package func readEntry(_ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        var piece = [UInt8](repeating: 0, count: Self.pieceSizeMax)
        while true {
            let count = piece.withUnsafeMutableBytes { archive_read_data(archive.pointer, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                throw ArchiveError.library(archive.pointer, "read", "the entry \(entryName) of \(name)")
            }
            guard count > 0 else { return }
            try piece.withUnsafeBytes { try take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }
}
