import ArgumentParser
import HTTPServer

/// The files of a server's certificate and of its key, in PEM.
struct TLSFiles: Sendable {
    let certificate: String
    let key: String

    /// Nil where neither is named.
    ///
    /// - Throws: a `ValidationError` of one line, also where only one is named.
    init?(_ sources: SettingSources) throws {
        let cert = try Setting(path: "tls-cert", in: sources).value(expecting: "a file", Setting.line)
        let key = try Setting(path: "tls-key", in: sources).value(expecting: "a file", Setting.line)
        switch (cert, key) {
        case (nil, nil): return nil
        case (let cert?, let key?): (self.certificate, self.key) = (cert, key)
        case (_, nil): throw ValidationError("a certificate needs its key: set tls-key, too")
        case (nil, _): throw ValidationError("a key needs its certificate: set tls-cert, too")
        }
    }

    /// Reads both files.
    ///
    /// - Throws: `ServerTLSError`
    func load() throws -> ServerTLS {
        try ServerTLS(certificatePath: certificate, keyPath: key)
    }
}
