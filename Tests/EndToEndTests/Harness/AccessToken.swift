import Crypto
import Foundation
import Testing

/// Access tokens, those that a server makes and those that nobody should believe.
enum AccessToken {
    static let header = #"{"alg":"HS256","typ":"JWT"}"#

    /// A token of these claims, signed with HMAC-SHA256 whatever its header says (RFC 7515 §3.1).
    static func signed(_ claims: String, header: String = header, key: String) -> String {
        let content = base64URL(Array(header.utf8)) + "." + base64URL(Array(claims.utf8))
        return content + "."
            + base64URL(Array(HMAC<SHA256>.authenticationCode(for: Data(content.utf8), using: of(key))))
    }

    /// The same, signed with HMAC-SHA512.
    static func signedWithSHA512(_ claims: String, header: String, key: String) -> String {
        let content = base64URL(Array(header.utf8)) + "." + base64URL(Array(claims.utf8))
        return content + "."
            + base64URL(Array(HMAC<SHA512>.authenticationCode(for: Data(content.utf8), using: of(key))))
    }

    private static func of(_ key: String) -> SymmetricKey { SymmetricKey(data: Data(key.utf8)) }

    /// Claims for all keys of a bucket, good for an hour, with members instead of those or none.
    static func claims(_ bucket: String, changing changes: [String: String?] = [:]) -> String {
        let now = Int(Date().timeIntervalSince1970)
        var members: [String: String] = [
            "aud": "\"\(bucket.drop { $0 == "/" })\"", "iat": "\(now)", "exp": "\(now + 3600)", "prefix": "\"\"",
            "permissions": #"["read","write"]"#,
        ]
        for (name, value) in changes { members[name] = value }
        return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// The JSON of a token's header (0) or claims (1).
    static func part(_ index: Int, of token: String) throws -> [String: Any] {
        let parts = token.split(separator: ".")
        guard parts.count == 3 else { throw HarnessError("not a token: \(token)") }
        var text = parts[index].replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        guard let data = Data(base64Encoded: String(text)),
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw HarnessError("not a token: \(token)") }
        return object
    }

    static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension Client {
    /// Has the server make a token, as the holder of the secret key.
    func makeToken(_ bucket: String, _ form: String, secret: String) throws -> String {
        let response = try send(
            "POST", "\(bucket)/tokens/", [Authorization.basic(secret), ("Accept", "text/plain")],
            body: Array(form.utf8))
        guard response.status == 200 else { throw HarnessError("no token: \(response.status) \(response.text)") }
        return response.text
    }
}
