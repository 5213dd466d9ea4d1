import Crypto

/// Makes tokens as any JWT library does, and such as none should.
enum TestJWT {
    static let header = #"{"alg":"HS256","typ":"JWT"}"#

    static func make(header: String = header, _ claims: String, key: String) -> String {
        let input = encode(Array(header.utf8)) + "." + encode(Array(claims.utf8))
        return input + "." + encode(signature(of: input, key: key))
    }

    /// Claims as the API documents them; `prefix` is JSON.
    static func claims(
        for bucket: String, prefix: String = #""""#, permissions: [String] = ["read"], expiry: Int64
    ) -> String {
        let names = permissions.map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"aud":"\#(bucket)","exp":\#(expiry),"prefix":\#(prefix),"permissions":[\#(names)]}"#
    }

    static func signature(of input: String, key: String) -> [UInt8] {
        let key = SymmetricKey(data: Array(key.utf8))
        return Array(HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: key))
    }

    /// Base64url without padding.
    static func encode(_ bytes: [UInt8]) -> String {
        String(
            base64(bytes).compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }

    /// The claims that a token carries, as JSON.
    static func claims(of token: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 ? decode(parts[1]) : nil
    }

    /// Nil where `text` is not base64url.
    static func decode(_ text: Substring) -> String? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            (bits, count) = ((bits << 6 | value) & 0xFFFF, count + 6)
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(bits >> count & 255))
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
