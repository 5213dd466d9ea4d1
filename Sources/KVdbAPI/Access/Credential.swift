import HTTPAPI
import HTTPServer

/// What a request shows to prove what it may do (KVdb reference, "Authentication").
enum Credential: Equatable {
    case none
    /// An access key or a token, which only the bucket can tell apart.
    case key([UInt8])
    /// Something that can be no credential, as an unknown scheme.
    case malformed

    /// Looks in the Authorization header first, then in the query's `key` and `access_token`. An empty one counts as none.
    ///
    /// - Parameter ignoresKey: whether the query's `key` is no credential, but means what a script takes it for.
    init(_ request: Request, _ query: Parameters, ignoresKey: Bool = false) throws(APIError) {
        guard request.headerCount(.authorization) <= 1 else {
            throw .badRequest("Authorization is given twice; give it once")
        }
        if let header = request.header(.authorization), !header.isEmpty {
            self = Self.parse(header)
            return
        }
        let key = ignoresKey ? [] : try query.value("key") ?? []
        let token = try query.value("access_token") ?? []
        let value = key.isEmpty ? token : key
        self = value.isEmpty ? .none : .key(value)
    }

    private static func parse(_ header: String) -> Credential {
        if let basic = BasicCredentials(authorization: header) {
            // The key is the user name; a password has no meaning here, so one that is given is a mistake.
            guard basic.password.isEmpty else { return .malformed }
            return basic.user.isEmpty ? .none : .key(basic.user)
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.first?.lowercased() == "bearer" else { return .malformed }
        let text = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
        return text.isEmpty ? .none : .key(Array(text.utf8))
    }
}
