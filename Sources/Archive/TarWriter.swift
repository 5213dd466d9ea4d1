import CArchive

/// Writes a .tar file (POSIX.1-2001, pax) entry by entry, to a descriptor that its user opens and closes.
///
/// After an error nothing more can be written. Used by one thread at a time.
package final class TarWriter {
    private let entries: EntryWriter

    /// - Parameter name: what the file is called in errors.
    package init(descriptor: CInt, name: String) throws(ArchiveError) {
        entries = try EntryWriter(archiveName: name) { archive in
            archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK
                && archive_write_open_fd(archive, descriptor) == ARCHIVE_OK
        }
    }

    /// Begins an entry of exactly `size` bytes, for them to be written.
    package func beginEntry(name: String, size: Int) throws(ArchiveError) {
        try entries.beginEntry(name: name, size: size)
    }

    /// Appends `bytes` to the entry.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        try entries.write(bytes)
    }

    /// Ends the entry; its size must have been reached.
    package func endEntry() throws(ArchiveError) {
        try entries.endEntry()
    }

    /// Ends the file, which is not durable yet.
    package func close() throws(ArchiveError) {
        try entries.close()
    }
}
