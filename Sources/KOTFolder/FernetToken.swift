import Crypto
import CryptoExtras
import FoundationEssentials

/// What KOT stores of a value with an `encryption_key`: a token of Fernet
/// (https://github.com/fernet/spec/blob/master/Spec.md), under a key that is the passphrase's SHA-256.
struct FernetToken {
    private let signed: Data
    private let code: Data

    /// Nil where `text` is no token by its form.
    init?(_ text: [UInt8]) {
        // The version, and the first bytes of a time in seconds.
        guard text.starts(with: Array("gAAAA".utf8)), let token = Self.base64(text) else { return nil }
        let ciphertextSize = token.count - Self.headSize - SHA256.byteCount
        guard ciphertextSize > 0, ciphertextSize.isMultiple(of: 16) else { return nil }
        signed = token.prefix(token.count - SHA256.byteCount)
        code = token.suffix(SHA256.byteCount)
    }

    /// The message; nil where `passphrase` is not the one that it was encrypted with, or the token was changed.
    func open(passphrase: String) -> [UInt8]? {
        let key = Array(SHA256.hash(data: Data(passphrase.utf8)))
        let (signingKey, encryptionKey) = (SymmetricKey(data: key.prefix(16)), SymmetricKey(data: key.suffix(16)))
        guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: signingKey),
            let iv = try? AES._CBC.IV(ivBytes: signed.prefix(Self.headSize).suffix(16)),
            let message = try? AES._CBC.decrypt(signed.dropFirst(Self.headSize), using: encryptionKey, iv: iv)
        else { return nil }
        return Array(message)
    }

    /// Of version, time and initialization vector, in bytes.
    private static let headSize = 1 + 8 + 16

    private static func base64(_ text: [UInt8]) -> Data? {
        let standard = text.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        return Data(base64Encoded: Data(standard))
    }
}
