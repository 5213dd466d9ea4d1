import Crypto

/// A namespace's access keys, kept so that nobody who reads the store learns them: as keyed hashes, and the signing key sealed.
public struct AccessKeys: Sendable, Equatable {
    /// What a credential's holder is, by the keys that it equals.
    public struct Roles: OptionSet, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let secret = Roles(rawValue: 1)
        public static let read = Roles(rawValue: 2)
        public static let write = Roles(rawValue: 4)
    }

    /// Random bytes that make equal keys of two namespaces unlike.
    var salt: [UInt8]
    var secret: [UInt8]?
    var read: [UInt8]?
    var write: [UInt8]?
    var sealedSigningKey: [UInt8]?

    /// No keys, with a salt of its own.
    public init() {
        self.init(salt: RandomBytes.make(count: 16))
    }

    init(salt: [UInt8]) {
        self.salt = salt
    }

    /// Those of the roles that there are keys for.
    public var givenRoles: Roles {
        var roles: Roles = []
        if secret != nil { roles.insert(.secret) }
        if read != nil { roles.insert(.read) }
        if write != nil { roles.insert(.write) }
        return roles
    }

    public var hasSigning: Bool { sealedSigningKey != nil }

    /// Sets the key of one role; nil clears it.
    public mutating func setSecret(_ key: [UInt8]?, with serverSecret: ServerSecret) {
        secret = key.map { serverSecret.digest(of: $0, salt: salt) }
    }

    public mutating func setRead(_ key: [UInt8]?, with serverSecret: ServerSecret) {
        read = key.map { serverSecret.digest(of: $0, salt: salt) }
    }

    public mutating func setWrite(_ key: [UInt8]?, with serverSecret: ServerSecret) {
        write = key.map { serverSecret.digest(of: $0, salt: salt) }
    }

    /// Sets the key that signs tokens; nil clears it.
    ///
    /// - Throws: `invalid` where it can't be sealed.
    public mutating func setSigning(_ key: [UInt8]?, with serverSecret: ServerSecret) throws(StoreError) {
        guard let key else {
            sealedSigningKey = nil
            return
        }
        guard let sealed = serverSecret.seal(key, context: salt) else {
            throw .invalid("the signing_key could not be sealed; nothing was changed")
        }
        sealedSigningKey = sealed
    }

    /// The key that signs tokens; nil where there is none, or it was sealed under another secret.
    public func signingKey(with serverSecret: ServerSecret) -> SymmetricKey? {
        sealedSigningKey.flatMap { serverSecret.open($0, context: salt) }.map { SymmetricKey(data: $0) }
    }

    /// The roles of whoever holds `credential`; empty where it is none of the keys. Takes the same time for all of them.
    public func roles(of credential: some Sequence<UInt8>, with serverSecret: ServerSecret) -> Roles {
        let digest = serverSecret.digest(of: Array(credential), salt: salt)
        var roles: Roles = []
        if let secret, ConstantTime.equal(digest, secret) { roles.insert(.secret) }
        if let read, ConstantTime.equal(digest, read) { roles.insert(.read) }
        if let write, ConstantTime.equal(digest, write) { roles.insert(.write) }
        return roles
    }
}
