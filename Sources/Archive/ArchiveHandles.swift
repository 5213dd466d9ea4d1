import CArchive

/// Owns an archive of libarchive that is read.
struct ReadHandle: ~Copyable {
    let pointer: OpaquePointer

    init() throws(ArchiveError) {
        guard let pointer = archive_read_new() else { throw ArchiveError("out of memory for reading an archive") }
        self.pointer = pointer
    }

    deinit {
        archive_read_free(pointer)
    }
}

/// Owns an archive of libarchive that is written.
struct WriteHandle: ~Copyable {
    let pointer: OpaquePointer

    init() throws(ArchiveError) {
        guard let pointer = archive_write_new() else { throw ArchiveError("out of memory for writing an archive") }
        self.pointer = pointer
    }

    deinit {
        // So that freeing an archive that was not closed writes nothing more.
        archive_write_fail(pointer)
        archive_write_free(pointer)
    }
}
