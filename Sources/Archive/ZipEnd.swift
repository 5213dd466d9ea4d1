#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The end of a .zip file, which says how many entries there are: libarchive does not miss those that it does not find.
enum ZipEnd {
    /// How many entries a .zip file says that it has (APPNOTE.TXT §4.3.14, §4.3.16).
    ///
    /// - Throws: where the file can't be read, or does not end as a .zip file does.
    static func entryCount(_ path: String) throws(ArchiveError) -> UInt64 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read", path) }
        defer { close(descriptor) }
        let fileSize = lseek(descriptor, 0, SEEK_END)
        guard fileSize >= 0 else { throw .system("read", path) }

        let tailStart = max(0, Int(fileSize) - size - commentSizeMax)
        let tail = bytes(descriptor, at: tailStart, count: Int(fileSize) - tailStart)
        guard let end = indexOfEnd(tail), let count = number(tail, at: end + 10, count: 2) else {
            throw ArchiveError("\(path) is no .zip file, or its end is missing")
        }
        guard count == UInt16.max else { return count }
        // As many or more, so that the number stands in the end of ZIP64, of which the locator before this one tells the place.
        guard number(tail, at: end - 20, count: 4) == 0x0706_4B50 else { return count }
        let place = number(tail, at: end - 12, count: 8).flatMap { Int(exactly: $0) }
        let large = place.map { bytes(descriptor, at: $0, count: 40) } ?? []
        guard number(large, at: 0, count: 4) == 0x0606_4B50, let count = number(large, at: 32, count: 8) else {
            throw ArchiveError("\(path) is damaged: its end can't be read")
        }
        return count
    }

    /// How large the end is without its comment, in bytes.
    private static let size = 22
    private static let commentSizeMax = 65_535

    /// Where the last end begins whose comment fills the rest.
    private static func indexOfEnd(_ tail: [UInt8]) -> Int? {
        guard tail.count >= size else { return nil }
        return (0...(tail.count - size)).last { index in
            number(tail, at: index, count: 4) == 0x0605_4B50
                && number(tail, at: index + 20, count: 2) == UInt64(tail.count - size - index)
        }
    }

    /// A little-endian number; nil where `bytes` have no such place.
    private static func number(_ bytes: [UInt8], at index: Int, count: Int) -> UInt64? {
        guard index >= 0, index <= bytes.count - count else { return nil }
        return bytes[index..<(index + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Up to `count` bytes of the file; fewer at its end or where they can't be read.
    private static func bytes(_ descriptor: CInt, at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, readCount in
            while readCount < count {
                let step = pread(
                    descriptor, buffer.baseAddress?.advanced(by: readCount), count - readCount, offset + readCount)
                if step < 0, errno == EINTR { continue }
                guard step > 0 else { return }
                readCount += step
            }
        }
    }
}
