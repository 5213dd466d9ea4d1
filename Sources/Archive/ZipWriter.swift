import CArchive

/// Writes a .zip file (APPNOTE.TXT of PKWARE) entry by entry, each of a size that need not be known before.
///
/// The file is there for good only once `close` returned; without that it is removed with its writer. After an error
/// nothing more can be written. Used by one thread at a time.
package final class ZipWriter {
    private let path: String
    private let archive: WriteHandle
    private var file: NewFile
    private var failure: ArchiveError?

    /// - Throws: where there is a file at `path` already, or none can be made.
    package init(path: String) throws(ArchiveError) {
        self.path = path
        archive = try WriteHandle()
        file = try NewFile(path: path)
        let (archive, descriptor) = (archive.pointer, file.descriptor)
        let isOpen = UTF8Locale.during {
            archive_write_set_format_zip(archive) == ARCHIVE_OK
                && archive_write_set_options(archive, "zip:compression=deflate,zip:hdrcharset=UTF-8") == ARCHIVE_OK
                && archive_write_open_fd(archive, descriptor) == ARCHIVE_OK
        }
        guard isOpen else { throw .library(archive, "write", path) }
    }

    /// Begins an entry, for its bytes to be written.
    package func beginEntry(name: String) throws(ArchiveError) {
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw ArchiveError("the name of an entry in \(path) is empty or has a zero byte")
        }
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_filetype(entry, UInt32(S_IFREG))
        archive_entry_set_perm(entry, 0o600)
        archive_entry_set_mtime(entry, time(nil), 0)
        archive_entry_unset_size(entry)
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

    /// Appends `bytes` to the entry.
    package func write(_ bytes: [UInt8]) throws(ArchiveError) {
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(ArchiveError) in try write(bytes) }
    }

    /// Ends the entry.
    package func endEntry() throws(ArchiveError) {
        try check { archive_write_finish_entry($0) == ARCHIVE_OK }
    }

    /// Ends the file and makes it durable.
    package func close() throws(ArchiveError) {
        try check { archive_write_close($0) == ARCHIVE_OK }
        try file.keep()
    }

    private func check(_ step: (OpaquePointer) -> Bool) throws(ArchiveError) {
        if let failure { throw failure }
        let archive = archive.pointer
        guard !UTF8Locale.during({ step(archive) }) else { return }
        let error = ArchiveError.library(archive, "write", path)
        failure = error
        throw error
    }
}
