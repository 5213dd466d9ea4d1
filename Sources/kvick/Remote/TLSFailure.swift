import FoundationEssentials
import NIOSSL

/// Why a server and a client came to no encryption, so that nothing was asked for.
enum TLSFailure: Equatable {
    /// What the server says is not TLS.
    case notSpoken
    case anotherName
    case notTrusted
    /// The server's own certificate ended at a time.
    case ended(Date)
    case notBegun(Date)
    /// All else, in the words of the library.
    case other(String)

    /// Nil where `error` is of something else.
    init?(_ error: any Error) {
        switch error {
        case NIOSSLError.handshakeFailed(let error):
            self.init(error)
        // With TLS 1.3 a server may refuse a client that takes the handshake for done.
        case let error as BoringSSLError where Self.reasons(error).contains { $0.contains("ALERT") }:
            self.init(error)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            self = .anotherName
        default:
            return nil
        }
    }

    private init(_ error: BoringSSLError) {
        let reasons = Self.reasons(error)
        if reasons.contains("CERTIFICATE_VERIFY_FAILED") {
            self = .notTrusted
        } else if reasons.contains("WRONG_VERSION_NUMBER") {
            self = .notSpoken
        } else {
            let words = reasons.first?.lowercased().replacing("_", with: " ")
            self = .other(words ?? "the server ended the handshake")
        }
    }

    /// BoringSSL's names for what went wrong, which only its texts have: `error:NUMBER:SSL routines:OPENSSL_internal:NAME at …`.
    private static func reasons(_ error: BoringSSLError) -> [String] {
        "\(error)".matches(of: /OPENSSL_internal:(\w+)/).map { String($0.1) }
    }

    /// Of what is not trusted, whether it is for its time.
    ///
    /// - Parameter certificate: the server's own. Those behind it may be of no use to this client, and are not judged.
    func explained(by certificate: NIOSSLCertificate?, now: Date = .now) -> TLSFailure {
        guard self == .notTrusted, let certificate else { return self }
        let begin = Date(timeIntervalSince1970: Double(certificate.notValidBefore))
        let end = Date(timeIntervalSince1970: Double(certificate.notValidAfter))
        return end < now ? .ended(end) : begin > now ? .notBegun(begin) : self
    }

    /// Whether it may pass: time brings a certificate's beginning, and an operator brings a new one.
    var kind: CommandFailure.Kind {
        switch self {
        case .anotherName, .notTrusted: .untrusted
        case .notSpoken, .ended, .notBegun, .other: .unavailable
        }
    }

    /// Whether an answer is that of a server that speaks TLS to a client that does not: Kvick's, nginx's and that of programs in Go.
    static func isAnsweredByTLS(_ words: String) -> Bool {
        ["this port speaks TLS", "sent to HTTPS port", "to an HTTPS server"].contains { words.contains($0) }
    }

    /// What is wrong, and what to do.
    ///
    /// - Parameter authorities: the file of certificates that are trusted; nil for the system's.
    func text(server: ServerURL, authorities: String?) -> String {
        let certificate = "the certificate of \(server)"
        return switch self {
        case .notSpoken:
            "\(server) does not speak TLS; use \(server.withOtherScheme)"
        case .anotherName:
            "\(certificate) is not for \(server.host); give a name that it is for in --url"
        case .notTrusted:
            "\(certificate) is signed by \(authorities.map { "none in \($0)" } ?? "nobody who is trusted here"); give the"
                + " certificate of its signer, or itself where it is self-signed, with --ca-file FILE"
        case .ended(let date):
            "\(certificate) ended at \(date.ISO8601Format()); the server needs a new one"
        case .notBegun(let date):
            "\(certificate) begins at \(date.ISO8601Format()); set the clock of this machine, or wait"
        case .other(let reason):
            "can't speak TLS with \(server): \(reason); look at the certificate and the versions of TLS that it is set to"
        }
    }
}
