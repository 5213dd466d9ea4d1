import Crypto
import HTTPAPI
import HTTPServer
import KeyValueStore

/// Who may use the API: whoever has its password, or one of its access keys.
public enum KOTCredentials: Sendable {
    /// With an empty user name.
    case password(String)
    /// In place of the one password, with any user name.
    case accessKeys([String])
}

/// Tells right passwords from wrong ones, in a time that does not tell which it was.
struct KOTAccess: Sendable {
    /// Of the process, so that digests are of one length and say nothing to those who see memory.
    private let key = SymmetricKey(size: .bits256)
    private let digests: [[UInt8]]
    private let needsEmptyUser: Bool
    private let refusal: String

    init(_ credentials: KOTCredentials) {
        let key = key
        let secrets: [String]
        switch credentials {
        case .password(let password):
            (secrets, needsEmptyUser, refusal) = ([password], true, "Use password.")
        case .accessKeys(let accessKeys):
            (secrets, needsEmptyUser, refusal) = (accessKeys, false, "Use access key.")
        }
        digests = secrets.map { Self.digest(Array($0.utf8), key) }
    }

    func isGranted(_ request: Request) -> Bool {
        guard request.headerCount(.authorization) == 1, let header = request.header(.authorization),
            let credentials = BasicCredentials(authorization: header)
        else { return false }
        let digest = Self.digest(credentials.password, key)
        var matches = false
        for known in digests where ConstantTime.equal(known, digest) { matches = true }
        return matches && (!needsEmptyUser || credentials.user.isEmpty)
    }

    /// What KOT answers to those who may not.
    func refused(_ request: Request) -> APIError {
        let reason = request.headerCount(.authorization) == 0 ? "Make basic auth." : refusal
        let realm = needsEmptyUser ? "Login Required" : "Access Key Required"
        return APIError(
            status: .unauthorized,
            message: """
                Could not verify your access level for that URL. \(reason)
                You have to login with proper credentials
                """,
            fields: [("WWW-Authenticate", #"Basic realm="\#(realm)""#)])
    }

    private static func digest(_ secret: [UInt8], _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: secret, using: key))
    }
}
