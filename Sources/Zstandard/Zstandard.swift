import CZstd

/// Compression in the Zstandard format (RFC 8878), one frame a value.
package enum Zstandard {
    package struct Failure: Error, Hashable {
        /// One line that says what is wrong with the bytes.
        package let message: String
    }

    /// The library's own default: most of what higher levels save, at a fraction of their time.
    private static let level: CInt = 3

    /// The compressed bytes; nil where they would not be fewer.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        let bound = ZSTD_compressBound(bytes.count)
        guard !bytes.isEmpty, ZSTD_isError(bound) == 0 else { return nil }
        var isCompressed = false
        let compressed = [UInt8](unsafeUninitializedCapacity: bound) { space, count in
            let size = bytes.withUnsafeBytes { bytes in
                ZSTD_compress(space.baseAddress, space.count, bytes.baseAddress, bytes.count, level)
            }
            isCompressed = ZSTD_isError(size) == 0
            count = isCompressed ? size : 0
        }
        return isCompressed && compressed.count < bytes.count ? compressed : nil
    }

    /// How many bytes a frame says that it stands for; `decompress` makes sure of it.
    ///
    /// - Throws: where the bytes begin with no frame that says so, as one of `compress` does.
    package static func contentSize(of bytes: ArraySlice<UInt8>) throws(Failure) -> Int {
        let size = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two highest numbers stand for "unknown" and "error" (zstd.h).
        guard size < UInt64.max - 1, let size = Int(exactly: size) else {
            throw Failure(message: "these bytes are no zstd frame of a known size")
        }
        return size
    }

    /// What `compress` was given.
    ///
    /// - Parameter sizeMax: how large it may be, in bytes, so that few bytes can't become more than memory holds.
    /// - Throws: where the bytes are no whole frame, are damaged, or stand for more.
    package static func decompress(_ bytes: ArraySlice<UInt8>, sizeMax: Int) throws(Failure) -> [UInt8] {
        let declared = try contentSize(of: bytes)
        guard declared <= sizeMax else {
            throw Failure(message: "the frame stands for \(declared) bytes, and the limit is \(sizeMax)")
        }
        var size = 0
        let decompressed = [UInt8](unsafeUninitializedCapacity: declared) { space, count in
            size = bytes.withUnsafeBytes { bytes in
                ZSTD_decompress(space.baseAddress, space.count, bytes.baseAddress, bytes.count)
            }
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        guard ZSTD_isError(size) == 0, decompressed.count == declared else {
            throw Failure(message: "the zstd frame is damaged")
        }
        return decompressed
    }
}
