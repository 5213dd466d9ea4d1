import CArchive

/// The gzip format (RFC 1952).
package enum Gzip {
    /// Whether `bytes` begin as a gzip file does.
    package static func isGzip(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.starts(with: [0x1F, 0x8B, 0x08])
    }

    /// The bytes of all members, one behind the other.
    ///
    /// - Throws: where `compressed` is no whole gzip file, or would be more than `sizeMax` bytes.
    package static func decompress(_ compressed: [UInt8], sizeMax: Int) throws(ArchiveError) -> [UInt8] {
        guard isGzip(compressed) else { throw ArchiveError("this is no gzip file") }
        let bytes = try compressed.span.bytes.withUnsafeBytes { (compressed) throws(ArchiveError) in
            try inflate(compressed, sizeMax: sizeMax)
        }
        try verify(bytes, trailer: compressed.suffix(8))
        return bytes
    }

    private static func inflate(
        _ compressed: UnsafeRawBufferPointer, sizeMax: Int
    ) throws(ArchiveError) -> [UInt8] {
        let handle = try ReadHandle()
        let archive = handle.pointer
        // One filter and no guess, since a guess would go on where the bytes are gzip again.
        guard archive_read_set_format(archive, ARCHIVE_FORMAT_RAW) == ARCHIVE_OK,
            archive_read_append_filter(archive, ARCHIVE_FILTER_GZIP) == ARCHIVE_OK,
            archive_read_open_memory(archive, compressed.baseAddress, compressed.count) == ARCHIVE_OK
        else { throw .library(archive, "decompress", "a gzip file") }
        var header: OpaquePointer?
        let status = archive_read_next_header(archive, &header)
        if status == ARCHIVE_EOF { return [] }
        guard status == ARCHIVE_OK else { throw .library(archive, "decompress", "a gzip file") }

        var bytes: [UInt8] = []
        while true {
            var piece: UnsafeRawPointer?
            var (count, offset): (Int, Int64) = (0, 0)
            let status = archive_read_data_block(archive, &piece, &count, &offset)
            if status == ARCHIVE_EOF { return bytes }
            guard status == ARCHIVE_OK else { throw .library(archive, "decompress", "a gzip file") }
            guard count <= sizeMax - bytes.count else {
                throw ArchiveError("a gzip file is larger than \(sizeMax) bytes when decompressed")
            }
            bytes += UnsafeRawBufferPointer(start: piece, count: count)
        }
    }

    /// Holds the last member to its checksum and size, which libarchive up to 3.6 passes over.
    private static func verify(_ bytes: [UInt8], trailer: ArraySlice<UInt8>) throws(ArchiveError) {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        let size = Int(number(trailer.suffix(4)))
        guard size > 0 || bytes.isEmpty, size <= bytes.count,
            CRC32.checksum(bytes.suffix(size)) == number(trailer.prefix(4))
        else {
            throw ArchiveError("a gzip file is damaged: its checksum is another")
        }
    }
}
