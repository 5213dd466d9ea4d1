import CArchive

/// Writes a .zip file (APPNOTE.TXT of PKWARE) entry by entry, each of a size that need not be known before.
///
/// The file is there for good only once `close` returned; without that it is removed with its writer. After an error
/// nothing more can be written. Used by one thread at a time.
package final class ZipWriter {
    private let path: String
    private let entries: EntryWriter
    private var file: NewFile

    /// - Throws: where there is a file at `path` already, or none can be made.
    package init(path: String) throws(ArchiveError) {
        self.path = path
        let file = try NewFile(path: path)
        let descriptor = file.descriptor
        entries = try EntryWriter(archiveName: path) { archive in
            archive_write_set_format_zip(archive) == ARCHIVE_OK
                && archive_write_set_options(archive, "zip:compression=deflate,zip:hdrcharset=UTF-8") == ARCHIVE_OK
                && archive_write_open_fd(archive, descriptor) == ARCHIVE_OK
        }
        self.file = file
    }

    /// Begins an entry, for its bytes to be written.
    package func beginEntry(name: String) throws(ArchiveError) {
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw ArchiveError("the name of an entry in \(path) is empty or has a zero byte")
        }
        try entries.beginEntry(name: name, size: nil)
    }

    /// Appends `bytes` to the entry.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        try entries.write(bytes)
    }

    /// Appends `bytes` to the entry.
    package func write(_ bytes: [UInt8]) throws(ArchiveError) {
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(ArchiveError) in try write(bytes) }
    }

    /// Ends the entry.
    package func endEntry() throws(ArchiveError) {
        try entries.endEntry()
    }

    /// Ends the file and makes it durable.
    package func close() throws(ArchiveError) {
        try entries.close()
        try file.keep()
    }
}
