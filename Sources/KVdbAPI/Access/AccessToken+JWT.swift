import Crypto
import HTTPAPI
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

    /// Reads a token of this bucket. Its times are not compared with the clock.
    ///
    /// Nothing of it is parsed before its signature is found to be right.
    ///
    /// - Throws: 401, which says what is wrong only to who has the signing key.
    init(verifying text: [UInt8], for bucket: [UInt8], with key: SymmetricKey) throws(APIError) {
        guard text.count <= Self.maxLength else { throw .invalidToken }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]),
            // Compares in constant time.
            HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: text.prefix(parts[0].count + 1 + parts[1].count), using: key)
        else { throw .invalidToken }
        do throws(APIError) {
            try JOSEHeader(json: header).requireUnderstood()
            try self.init(Claims(json: claims), for: bucket)
        } catch {
            throw .unauthorized("this access token is signed rightly, but \(error.message)")
        }
    }

    private init(_ claims: Claims, for bucket: [UInt8]) throws(APIError) {
        guard let audience = claims.audience else { throw .badRequest("aud is missing; it must be the bucket's id") }
        guard audience == bucket else { throw .badRequest("its aud is another bucket") }
        guard let expiry = claims.expiry else { throw .badRequest("exp is missing; give the second at which it ends") }
        guard let prefix = claims.prefix else {
            throw .badRequest("prefix is missing; an empty one is the whole bucket")
        }
        guard let permissions = AccessToken.Permissions(names: claims.permissions) else {
            throw .badRequest(
                "permissions must be an array of one or more of \(AccessToken.Permissions.allNames.joined(separator: ", "))"
            )
        }
        self.init(prefix: prefix, permissions: permissions, expiry: expiry, notBefore: claims.notBefore)
    }
}

extension APIError {
    static let invalidToken = unauthorized(
        "this access token is not valid for this bucket; check it, or ask for a new one")
}

/// The header of a token (RFC 7515 §4).
private struct JOSEHeader {
    private var algorithm: [UInt8]?
    private var type = "JWT"
    private var hasCritical = false

    func requireUnderstood() throws(APIError) {
        guard algorithm == Array("HS256".utf8) else { throw .badRequest("its alg must be HS256") }
        guard type.uppercased() == "JWT" else { throw .badRequest("its typ must be JWT, or left out") }
        guard !hasCritical else { throw .badRequest("it has a crit, and there is no extension that is understood") }
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
        else { throw .badRequest("exp and nbf must be numbers of seconds") }
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
