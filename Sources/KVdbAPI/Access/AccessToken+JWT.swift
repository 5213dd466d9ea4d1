import Crypto
import FoundationEssentials
import KeyValueStore
import NIOCore

/// A token's text: a JSON Web Token (RFC 7519) in the compact serialization of a JWS (RFC 7515 §7.1), signed with HS256.
extension AccessToken {
    /// In bytes.
    static let maxLength = 8192

    /// Whether a credential has the two dots that every token has.
    static func resembles(_ credential: [UInt8]) -> Bool {
        credential.count { $0 == UInt8(ascii: ".") } == 2
    }

    // MARK: Making

    /// The token as text; its times are whole seconds.
    func signed(for bucket: [UInt8], at now: Timestamp, with key: SymmetricKey) -> String {
        let input = Self.encodedHeader + "." + Base64URL.encode(claims(for: bucket, at: now))
        let signature = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: key)
        return input + "." + Base64URL.encode(signature)
    }

    private static let encodedHeader = Base64URL.encode(#"{"alg":"HS256","typ":"JWT"}"#.utf8)

    private func claims(for bucket: [UInt8], at now: Timestamp) -> ByteBufferView {
        var json = JSONWriter()
        json.raw(#"{"aud":"#)
        json.string(String(decoding: bucket, as: UTF8.self))
        json.raw(#","iat":"#)
        json.integer(now.milliseconds / 1000)
        json.raw(#","exp":"#)
        json.integer(expiry.milliseconds / 1000)
        json.raw(#","prefix":"#)
        let isUTF8 = String(validating: prefix, as: UTF8.self) != nil
        prefix.withUnsafeBytes { json.bytes($0, isUTF8: isUTF8) }
        json.raw(#","permissions":["#)
        for (index, name) in permissions.names.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(name)
        }
        json.raw("]}")
        return json.buffer.readableBytesView
    }

    // MARK: Verifying

    /// Reads a token of this bucket; nil where it is none. Its times are not compared with the clock.
    ///
    /// Nothing of it is parsed before its signature is found to be right.
    init?(verifying text: [UInt8], for bucket: [UInt8], with key: SymmetricKey) {
        guard text.count <= Self.maxLength else { return nil }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]),
            // Compares in constant time.
            HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: text.prefix(parts[0].count + 1 + parts[1].count), using: key)
        else { return nil }
        guard (try? JOSEObject<JOSEHeader>(json: header)) != nil,
            let claims = try? JOSEObject<Claims>(json: claims).value, claims.audience == bucket
        else { return nil }
        self.init(
            prefix: claims.prefix, permissions: claims.permissions, expiry: claims.expiry, notBefore: claims.notBefore)
    }
}

/// A JSON object none of whose names is given twice (RFC 7515 §4, RFC 7519 §4).
private struct JOSEObject<Value: Decodable>: Decodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            nil
        }
    }

    let value: Value
    private let nameCount: Int

    init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
        // The decoder keeps one of two equal names without a word, so the names are counted.
        guard JSONNames.count(inObject: json) == nameCount else { throw InvalidToken() }
    }

    init(from decoder: any Decoder) throws {
        nameCount = try decoder.container(keyedBy: Name.self).allKeys.count
        value = try Value(from: decoder)
    }
}

private struct InvalidToken: Error {}

/// A header of a token that this server understands.
private struct JOSEHeader: Decodable {
    private enum Name: String, CodingKey {
        case algorithm = "alg"
        case type = "typ"
        case critical = "crit"
    }

    init(from decoder: any Decoder) throws {
        let header = try decoder.container(keyedBy: Name.self)
        guard try header.decode(String.self, forKey: .algorithm) == "HS256", !header.contains(.critical) else {
            throw InvalidToken()
        }
        if header.contains(.type), try header.decode(String.self, forKey: .type).uppercased() != "JWT" {
            throw InvalidToken()
        }
    }
}

private struct Claims: Decodable {
    private enum Name: String, CodingKey {
        case audience = "aud"
        case expiry = "exp"
        case notBefore = "nbf"
        case prefix
        case permissions
    }

    private enum BinaryName: String, CodingKey {
        case base64
    }

    let audience: [UInt8]
    let expiry: Timestamp
    let notBefore: Timestamp?
    let prefix: [UInt8]
    let permissions: AccessToken.Permissions

    init(from decoder: any Decoder) throws {
        let claims = try decoder.container(keyedBy: Name.self)
        audience = Array(try claims.decode(String.self, forKey: .audience).utf8)
        expiry = Timestamp(numericDate: try claims.decode(Double.self, forKey: .expiry))
        // One that is there must be a number, so that null is not taken for none.
        notBefore =
            claims.contains(.notBefore)
            ? Timestamp(numericDate: try claims.decode(Double.self, forKey: .notBefore)) : nil
        if let text = try? claims.decode(String.self, forKey: .prefix) {
            prefix = Array(text.utf8)
        } else {
            let binary = try claims.nestedContainer(keyedBy: BinaryName.self, forKey: .prefix)
            guard let bytes = Data(base64Encoded: try binary.decode(String.self, forKey: .base64)) else {
                throw InvalidToken()
            }
            prefix = Array(bytes)
        }
        guard let permissions = AccessToken.Permissions(names: try claims.decode([String].self, forKey: .permissions))
        else { throw InvalidToken() }
        self.permissions = permissions
    }
}

extension Timestamp {
    /// Seconds since 1970, perhaps with a fraction (RFC 7519 §2); what can't be counted is the first or last moment.
    fileprivate init(numericDate seconds: Double) {
        let milliseconds = (seconds * 1000).rounded(.down)
        self.init(milliseconds: Int64(exactly: milliseconds) ?? (milliseconds > 0 ? .max : .min))
    }
}
