#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that is open, as its descriptor; whoever opened it closes it.
struct OpenFile {
    let descriptor: Int32

    func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { space in
                write(descriptor, space.baseAddress?.advanced(by: written), space.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw .last
            }
        }
    }

    /// - Returns: nil where there are more than `sizeMax` bytes.
    func readAll(sizeMax: Int) throws(SystemError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while true {
            let piece = try readPiece(sizeMax: 64 << 10)
            guard !piece.isEmpty else { return bytes }
            guard bytes.count + piece.count <= sizeMax else { return nil }
            bytes += piece
        }
    }

    /// What is there, or comes first, as a terminal's line; nothing at the end.
    func readPiece(sizeMax: Int) throws(SystemError) -> ArraySlice<UInt8> {
        var piece = [UInt8](repeating: 0, count: sizeMax)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return piece.prefix(count) }
            guard errno == EINTR else { throw .last }
        }
    }

    func sync() throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw .last }
    }
}

extension OpenFile {
    /// Whether there is anything of this name in `folder`, which need not be there.
    ///
    /// - Throws: a `CommandFailure` where nobody can tell, as of a folder that this user may not look into.
    static func exists(_ name: String, in folder: String) throws -> Bool {
        guard access(folder + "/" + name, F_OK) != 0 else { return true }
        guard [ENOENT, ENOTDIR].contains(errno) else {
            throw CommandFailure("can't read \(folder): \(SystemError.last)")
        }
        return false
    }
}
