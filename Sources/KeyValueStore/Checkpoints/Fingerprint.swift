import Crypto
import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Knows a table again without reading all of it.
enum Fingerprint {
    /// How much of a table's end it is made of, in bytes.
    ///
    /// RocksDB writes a table's properties there, among them the process's run that made it and the table's number in that,
    /// which no two tables have in common.
    private static let tailSize = 4 << 10

    /// SHA-256 of a file's last 4 KiB, in hexadecimal digits.
    ///
    /// - Throws: `inaccessible`.
    static func make(_ path: String, size: Int) throws(StorageError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PosixFile.failure("read", path) }
        defer { close(descriptor) }
        var tail = [UInt8](repeating: 0, count: min(size, tailSize))
        let start = size - tail.count
        let count = tail.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(start)) }
        guard count == tail.count else { throw PosixFile.failure("read", path) }
        return hexadecimal(SHA256.hash(data: tail))
    }

    private static func hexadecimal(_ digest: SHA256Digest) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
