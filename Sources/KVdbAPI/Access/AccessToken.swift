import HTTPAPI
import KeyValueStore

/// What a token lets its holder do: these permissions for keys that begin with the prefix, for a time.
struct AccessToken: Sendable, Equatable {
    struct Permissions: OptionSet, Sendable {
        let rawValue: UInt8

        static let read = Permissions(rawValue: 1)
        static let write = Permissions(rawValue: 2)
        static let enumerate = Permissions(rawValue: 4)
        static let delete = Permissions(rawValue: 8)
    }

    /// Empty for the whole bucket.
    var prefix: [UInt8]
    var permissions: Permissions
    /// The first moment at which it is not valid any more.
    var expiry: Timestamp
    /// The first moment at which it is valid, where it says so.
    var notBefore: Timestamp?

    /// - Throws: 403 where the token does not reach.
    func require(_ action: Action) throws(APIError) {
        let sufficient: Permissions
        let isWithinPrefix: Bool
        switch action {
        case .get(let key): (sufficient, isWithinPrefix) = (.read, key.starts(with: prefix))
        case .set(let key): (sufficient, isWithinPrefix) = (.write, key.starts(with: prefix))
        case .delete(let key): (sufficient, isWithinPrefix) = ([.write, .delete], key.starts(with: prefix))
        case .check(let key): (sufficient, isWithinPrefix) = ([.read, .write, .delete], key.starts(with: prefix))
        case .list(let requested, let values):
            // None asked for is the token's own.
            isWithinPrefix = requested.isEmpty || requested.starts(with: prefix)
            sufficient = values ? .read : [.read, .enumerate]
        case .manage:
            throw .forbidden("an access token can't manage a bucket; this needs the bucket's secret_key")
        }
        guard !permissions.isDisjoint(with: sufficient) else {
            let names = sufficient.names.joined(separator: " or ")
            throw .forbidden("this access token is not enough here; ask for one with the permission \(names)")
        }
        guard isWithinPrefix else {
            throw .forbidden("this access token reaches only keys that begin with its prefix; ask for another one")
        }
    }
}

extension AccessToken.Permissions {
    private static let named: [(name: String, permission: Self)] = [
        ("read", .read), ("write", .write), ("enumerate", .enumerate), ("delete", .delete),
    ]

    /// The names of all permissions, in the order in which tokens list them.
    static var allNames: [String] { named.map(\.name) }

    var names: [String] { Self.named.filter { contains($0.permission) }.map(\.name) }

    /// - Returns: nil where there is no name, or one that is unknown.
    init?(names: [String]) {
        self = []
        for name in names {
            guard let match = Self.named.first(where: { $0.name == name }) else { return nil }
            insert(match.permission)
        }
        if isEmpty { return nil }
    }
}
