import Crypto
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
        do throws(APIError) {
            guard try JOSEHeader(json: header).isUnderstood else { return nil }
            let claims = try Claims(json: claims)
            guard claims.audience == bucket, let prefix = claims.prefix, let expiry = claims.expiry,
                let permissions = AccessToken.Permissions(names: claims.permissions)
            else { return nil }
            self.init(prefix: prefix, permissions: permissions, expiry: expiry, notBefore: claims.notBefore)
        } catch {
            return nil
        }
    }
}

/// The header of a token (RFC 7515 §4).
private struct JOSEHeader {
    private var algorithm: [UInt8]?
    private var type = "JWT"
    private var hasCritical = false

    var isUnderstood: Bool {
        algorithm == Array("HS256".utf8) && type.uppercased() == "JWT" && !hasCritical
    }

    /// - Throws: where `json` is no object, a name is given twice, or a value is of another kind than it must be.
    init(json: [UInt8]) throws(APIError) {
        var reader = try JSONReader(json)
        try reader.object { (name, reader) throws(APIError) in
            switch name {
            case "alg": algorithm = try reader.string()
            case "typ": type = String(decoding: try reader.string(), as: UTF8.self)
            default:
                if name == "crit" { hasCritical = true }
                try reader.value()
            }
        }
        try reader.end()
    }
}

/// What a token says (RFC 7519 §4), as far as it is looked at.
private struct Claims {
    private(set) var audience: [UInt8]?
    private(set) var expiry: Timestamp?
    private(set) var notBefore: Timestamp?
    private(set) var prefix: [UInt8]?
    private(set) var permissions: [String] = []

    /// - Throws: as `JOSEHeader`.
    init(json: [UInt8]) throws(APIError) {
        var reader = try JSONReader(json)
        try reader.object { (name, reader) throws(APIError) in
            switch name {
            case "aud": audience = try reader.string()
            case "exp": expiry = try reader.numericDate()
            case "nbf": notBefore = try reader.numericDate()
            case "prefix": prefix = try reader.stringOrBase64()
            case "permissions":
                try reader.array { (_, reader) throws(APIError) in
                    permissions.append(String(decoding: try reader.string(), as: UTF8.self))
                }
            default: try reader.value()
            }
        }
        try reader.end()
    }
}

extension JSONReader {
    /// Seconds since 1970, perhaps with a fraction (RFC 7519 §2).
    fileprivate mutating func numericDate() throws(APIError) -> Timestamp {
        guard try kind() == .number, let seconds = Double(String(decoding: try value(), as: UTF8.self)),
            seconds.isFinite
        else { throw .badRequest("a time must be a number of seconds") }
        return Timestamp(numericDate: seconds)
    }
}

extension Timestamp {
    /// Seconds since 1970, perhaps with a fraction (RFC 7519 §2); what can't be counted is the first or last moment.
    fileprivate init(numericDate seconds: Double) {
        let milliseconds = (seconds * 1000).rounded(.down)
        self.init(milliseconds: Int64(exactly: milliseconds) ?? (milliseconds > 0 ? .max : .min))
    }
}
