import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files of certificates and keys in PEM (RFC 7468).
enum PEMFile {
    /// The most bytes that a file may have; a chain takes a few thousand.
    private static let sizeMax = 1 << 20

    /// - Returns: one certificate or more, in the file's order.
    static func certificates(_ path: String) throws(ServerTLSError) -> [NIOSSLCertificate] {
        let bytes = try read(path)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw ServerTLSError("\(path) holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
        }
        return certificates
    }

    static func privateKey(_ path: String) throws(ServerTLSError) -> NIOSSLPrivateKey {
        let bytes = try read(path)
        var isEncrypted = false
        let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { (setPassphrase: ([UInt8]) -> Void) in
            isEncrypted = true
            setPassphrase([])
        }
        if let key { return key }
        if isEncrypted {
            throw ServerTLSError("the private key in \(path) is encrypted; decrypt it with: openssl pkey -in \(path)")
        }
        throw ServerTLSError("\(path) holds no private key in PEM (-----BEGIN PRIVATE KEY-----)")
    }

    private static func read(_ path: String) throws(ServerTLSError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= sizeMax {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, initializedCount in
                repeat { count = readBytes(file, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
                initializedCount = max(count, 0)
            }
            guard count >= 0 else { throw unreadable(path) }
            guard count > 0 else {
                guard !bytes.isEmpty else { throw ServerTLSError("\(path) is empty") }
                return bytes
            }
            bytes += chunk
        }
        throw ServerTLSError("\(path) is larger than 1 MiB, and so no file of certificates or of a key")
    }

    private static func unreadable(_ path: String) -> ServerTLSError {
        ServerTLSError("\(path) can't be read: \(String(cString: strerror(errno)))")
    }
}

/// The system's `read`, by a name that `PEMFile` has no function of.
private func readBytes(_ file: CInt, _ memory: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, memory, count)
}
