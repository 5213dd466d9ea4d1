import HTTPAPI
import KeyValueStore

/// What a request wants of a bucket. Keys and prefixes are decoded.
enum Action {
    case get(UnsafeRawBufferPointer)
    /// Sets and PATCHes.
    case set(UnsafeRawBufferPointer)
    case delete(UnsafeRawBufferPointer)
    /// A transaction's look at a key's version.
    case check(UnsafeRawBufferPointer)
    /// Lists and watches.
    case list(prefix: [UInt8], values: Bool)
    case manage
}

/// What the credential of one request is good for in one bucket: the tables of the API, in one place.
struct Access: Sendable {
    /// Who asks, as the credential proves.
    enum Holder: Sendable {
        case anyone
        case key(AccessKeys.Roles)
        case token(AccessToken)
    }

    private let holder: Holder
    /// Those of the roles that the bucket has keys for.
    private let roles: AccessKeys.Roles

    /// - Parameter bucket: nil for one that is yet to be made, which has no keys.
    init(_ holder: Holder, to bucket: Namespace?) {
        self.holder = holder
        roles = bucket?.givenRoles ?? []
    }

    private var hasSecret: Bool { roles.contains(.secret) }
    private var hasRead: Bool { roles.contains(.read) }
    private var hasWrite: Bool { roles.contains(.write) }

    /// Nil for a key or none.
    var token: AccessToken? {
        guard case .token(let token) = holder else { return nil }
        return token
    }

    /// The prefix that a list or watch walks: the token's own where none was asked for.
    func listPrefix(_ requested: [UInt8]) -> [UInt8] {
        guard let token, requested.isEmpty else { return requested }
        return token.prefix
    }

    /// - Throws: 401 where a credential is needed but missing; 403 where it does not reach, or nobody may.
    func require(_ action: Action) throws(APIError) {
        if case .manage = action, !hasSecret {
            throw .forbidden(
                "this bucket was made without a secret_key, so nobody can manage it; POST / makes a new one")
        }
        switch holder {
        case .anyone:
            guard let allowed = allowedRoles(action) else { return }
            throw .unauthorized(
                "this needs the bucket's \(Self.names(of: allowed)); send it as the Basic user name (curl -u KEY:)")
        case .key(let roles):
            guard let allowed = allowedRoles(action), roles.isDisjoint(with: allowed) else { return }
            throw .forbidden("this key is not enough here; this needs the bucket's \(Self.names(of: allowed))")
        case .token(let token):
            try token.require(action)
        }
    }

    /// Whose holder may; nil where anyone may.
    private func allowedRoles(_ action: Action) -> AccessKeys.Roles? {
        switch action {
        case .get: hasRead ? [.read, .secret] : nil
        case .set, .delete: hasWrite ? [.write, .secret] : nil
        case .check: hasRead && hasWrite ? [.read, .write, .secret] : nil
        case .list: hasRead ? [.read, .secret] : hasSecret ? .secret : nil
        case .manage: .secret
        }
    }

    private static func names(of roles: AccessKeys.Roles) -> String {
        var names: [String] = []
        if roles.contains(.read) { names.append("read_key") }
        if roles.contains(.write) { names.append("write_key") }
        if roles.contains(.secret) { names.append("secret_key") }
        return names.joined(separator: " or ")
    }
}
