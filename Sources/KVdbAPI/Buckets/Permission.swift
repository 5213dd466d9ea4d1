import HTTPServer
import KeyValueStore

/// What a request wants of a bucket.
enum Permission {
    case read, write, list, manage
}

/// Who may do what with a bucket: the table of the API, in one place.
struct BucketAccess {
    let keys: AccessKeys
    let serverSecret: ServerSecret

    /// - Throws: 401 where a credential is needed but missing or where a wrong one is shown; 403 where a good one does not
    ///   reach, or nobody may.
    func require(_ permission: Permission, _ credential: Credential) throws(APIError) {
        if permission == .manage, !keys.hasSecret {
            throw .forbidden(
                "this bucket was made without a secret_key, so nobody can manage it; POST / makes a new one")
        }
        let allowed = allowedRoles(permission)
        switch credential {
        case .none:
            guard let allowed else { return }
            throw .unauthorized(
                "this needs the bucket's \(Self.names(of: allowed)); send it as the Basic user name (curl -u KEY:)")
        case .malformed:
            throw .unauthorized(
                "this credential can't be read; send the key as the Basic user name (curl -u KEY:) or as a Bearer")
        case .key(let key):
            let roles = keys.roles(of: key, with: serverSecret)
            guard !roles.isEmpty else {
                throw .unauthorized("this credential is not one of the bucket's keys; check it, or send none")
            }
            guard let allowed else { return }
            guard !roles.isDisjoint(with: allowed) else {
                throw .forbidden("this key is not enough here; this needs the bucket's \(Self.names(of: allowed))")
            }
        }
    }

    /// Whose holder may; nil where anyone may.
    private func allowedRoles(_ permission: Permission) -> AccessKeys.Roles? {
        switch permission {
        case .read: keys.hasRead ? [.read, .secret] : nil
        case .write: keys.hasWrite ? [.write, .secret] : nil
        case .list: keys.hasRead ? [.read, .secret] : keys.hasSecret ? .secret : nil
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
