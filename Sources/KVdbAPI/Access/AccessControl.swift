import HTTPAPI
import KeyValueStore

/// Finds out what a credential is, and what it is good for. Safe to use from any thread.
struct AccessControl: Sendable {
    private let serverSecret: ServerSecret
    let clock: @Sendable () -> Timestamp
    private let tokens: TokenCache

    init(
        serverSecret: ServerSecret, clock: @escaping @Sendable () -> Timestamp, tokens: TokenCache = TokenCache()
    ) {
        self.serverSecret = serverSecret
        self.clock = clock
        self.tokens = tokens
    }

    /// Identifies a credential.
    ///
    /// - Parameter bucket: nil for one that a write is about to make, which has no keys.
    /// - Throws: 401 where it is none of the bucket's keys and no valid token of it, also where none is needed.
    func access(to bucket: Namespace?, _ credential: Credential) throws(APIError) -> Access {
        switch credential {
        case .none:
            return Access(.anyone, to: bucket)
        case .malformed:
            throw .unauthorized(
                "this credential can't be read; send the key as the Basic user name (curl -u KEY:) or as a Bearer")
        case .key(let text):
            guard let bucket else { throw .unknownCredential }
            return Access(try holder(of: text, in: bucket), to: bucket)
        }
    }

    /// - Throws: 401 and 403, as `access` and `require` do.
    func requireManagement(of bucket: Namespace, _ credential: Credential) throws(APIError) {
        // Where nobody may, no credential is looked at.
        let hasSecret = bucket.givenRoles.contains(.secret)
        let access = hasSecret ? try access(to: bucket, credential) : Access(.anyone, to: bucket)
        try access.require(.manage)
    }

    /// Makes a token, as text.
    ///
    /// - Throws: 403 where the bucket has no signing key; 400 where the token would be too long to be taken.
    func makeToken(_ settings: TokenSettings, for bucket: Namespace) throws(APIError) -> String {
        guard let key = bucket.settings.accessKeys.signingKey(with: serverSecret) else {
            throw .signingKeyMissing
        }
        let now = clock()
        let token = AccessToken(
            prefix: settings.prefix, permissions: settings.permissions,
            expiry: Timestamp(milliseconds: (now.milliseconds / 1000 + Int64(settings.lifetime)) * 1000))
        let text = token.signed(for: bucket.name, at: now, with: key)
        guard text.utf8.count <= AccessToken.maxLength else {
            throw .badRequest("prefix is too long for an access token; give a shorter one")
        }
        return text
    }

    private func holder(of text: [UInt8], in bucket: Namespace) throws(APIError) -> Access.Holder {
        let keys = bucket.settings.accessKeys
        let mayBeToken = AccessToken.resembles(text)
        if mayBeToken, keys.hasSigning, let token = tokens.lookup(text, under: keys) {
            try requireCurrent(token)
            return .token(token)
        }
        let roles = keys.roles(of: text, with: serverSecret)
        guard roles.isEmpty else { return .key(roles) }
        guard mayBeToken else { throw .unknownCredential }
        guard let key = keys.signingKey(with: serverSecret) else { throw .invalidToken }
        let token = try AccessToken(verifying: text, for: bucket.name, with: key)
        try requireCurrent(token)
        tokens.insert(text, under: keys, token)
        return .token(token)
    }

    private func requireCurrent(_ token: AccessToken) throws(APIError) {
        let now = clock()
        guard now < token.expiry else {
            throw .unauthorized("this access token has expired; ask for a new one")
        }
        if let notBefore = token.notBefore, now < notBefore {
            throw .unauthorized("this access token is not valid yet; its nbf is in the future")
        }
        guard token.expiry.milliseconds / 1000 - now.milliseconds / 1000 <= Int64(TokenSettings.maxLifetime) else {
            throw .unauthorized(
                "this access token's exp is more than a century ahead; it counts seconds since 1970, not milliseconds")
        }
    }
}

extension APIError {
    fileprivate static let unknownCredential = unauthorized(
        "this credential is none of the bucket's keys, and no access token; check it, or send none")
}
