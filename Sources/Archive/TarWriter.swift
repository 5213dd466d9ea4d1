import CArchive

/// Writes a .tar file (POSIX.1-2001, pax) entry by entry, to a descriptor that its user opens and closes.
///
/// After an error nothing more can be written. Used by one thread at a time.
package final class TarWriter {
    private let name: String
    private let archive: WriteHandle

    /// - Parameter name: what the file is called in errors.
    package init(descriptor: CInt, name: String) throws(ArchiveError) {
        self.name = name
        archive = try WriteHandle()
        let archive = archive.pointer
        guard archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK,
            archive_write_open_fd(archive, descriptor) == ARCHIVE_OK
        else { throw .library(archive, "write", name) }
    }

    /// Begins an entry of exactly `size` bytes, for them to be written.
    ///
    /// - Parameter entryName: ASCII.
    package func beginEntry(name entryName: String, size: Int) throws(ArchiveError) {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, entryName)
        archive_entry_set_filetype(entry, UInt32(S_IFREG))
        archive_entry_set_perm(entry, 0o600)
        archive_entry_set_mtime(entry, time(nil), 0)
        archive_entry_set_size(entry, Int64(size))
        try check { archive_write_header($0, entry) == ARCHIVE_OK }
    }

    /// Appends `bytes` to the entry.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            var count = 0
            try check {
                count = archive_write_data($0, piece.baseAddress, piece.count)
                return count > 0
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the entry; its size must have been reached.
    package func endEntry() throws(ArchiveError) {
        try check { archive_write_finish_entry($0) == ARCHIVE_OK }
    }

    /// Ends the file, which is not durable yet.
    package func close() throws(ArchiveError) {
        try check { archive_write_close($0) == ARCHIVE_OK }
    }

    private func check(_ step: (OpaquePointer) -> Bool) throws(ArchiveError) {
        guard step(archive.pointer) else { throw .library(archive.pointer, "write", name) }
    }
}
