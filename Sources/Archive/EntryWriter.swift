import CArchive

/// Writes entries, one after the other, into an archive of any format of libarchive.
///
/// After an error nothing more can be written.
final class EntryWriter {
    private let handle: WriteHandle
    private let archiveName: String
    private var failure: ArchiveError?

    /// - Parameters:
    ///   - archiveName: what the file is called in errors.
    ///   - open: sets the format and opens the file; false where either fails.
    init(archiveName: String, open: (OpaquePointer) -> Bool) throws(ArchiveError) {
        self.archiveName = archiveName
        handle = try WriteHandle()
        try check(open)
    }

    /// Begins a file's entry, for its bytes to be written.
    ///
    /// - Parameter size: in bytes; nil where only the end will tell.
    func beginEntry(name: String, size: Int?) throws(ArchiveError) {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_filetype(entry, UInt32(S_IFREG))
        archive_entry_set_perm(entry, 0o600)
        archive_entry_set_mtime(entry, time(nil), 0)
        if let size {
            archive_entry_set_size(entry, Int64(size))
        } else {
            archive_entry_unset_size(entry)
        }
        try check { archive_write_header($0, entry) == ARCHIVE_OK }
    }

    /// Appends `bytes` to the entry.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
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

    func endEntry() throws(ArchiveError) {
        try check { archive_write_finish_entry($0) == ARCHIVE_OK }
    }

    /// Ends the archive; its file is not durable by that.
    func close() throws(ArchiveError) {
        try check { archive_write_close($0) == ARCHIVE_OK }
    }

    private func check(_ step: (OpaquePointer) -> Bool) throws(ArchiveError) {
        if let failure { throw failure }
        let archive = handle.pointer
        guard !UTF8Locale.during({ step(archive) }) else { return }
        let error = ArchiveError.library(archive, "write", archiveName)
        failure = error
        throw error
    }
}
