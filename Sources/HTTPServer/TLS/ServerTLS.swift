import NIOCore
import NIOSSL
import Synchronization

/// A server's certificate and its private key, read from files, and anew whenever that is asked for.
public final class ServerTLS: Sendable {
    /// ALPN's names of the protocols (RFC 9113 §3.1, RFC 7301 §6), the one that is preferred first.
    static let http2 = "h2"
    static let http1 = "http/1.1"

    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<NIOSSLContext>

    /// Reads both files, so it blocks.
    ///
    /// - Parameters:
    ///   - certificatePath: a file in PEM: the server's certificate first, behind it those that lead to a trusted one.
    ///   - keyPath: a file in PEM with the certificate's private key, unencrypted. Both may be one file.
    /// - Throws: `ServerTLSError`
    public init(certificatePath: String, keyPath: String) throws(ServerTLSError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.current = Mutex(try ServerTLS.context(certificatePath, keyPath))
    }

    /// Reads both files anew, so it blocks. New connections get what is in them, the others go on as they are; what was
    /// there before stays where this fails.
    ///
    /// - Throws: `ServerTLSError`
    public func reload() throws(ServerTLSError) {
        let context = try ServerTLS.context(certificatePath, keyPath)
        current.withLock { $0 = context }
    }

    /// What new connections are encrypted with.
    var context: NIOSSLContext { current.withLock { $0 } }

    private static func context(
        _ certificatePath: String, _ keyPath: String
    ) throws(ServerTLSError) -> NIOSSLContext {
        let certificates = try PEMFile.certificates(certificatePath)
        let key = try PEMFile.privateKey(keyPath)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [http2, http1]
        // As long as a connection without TLS waits for its client's end.
        configuration.shutdownTimeout = .seconds(2)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw ServerTLSError("\(keyPath) is not the private key of the certificate in \(certificatePath)")
        } catch {
            throw ServerTLSError("\(certificatePath) and \(keyPath) can't be used: \(error)")
        }
    }
}
