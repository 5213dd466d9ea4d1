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
        let shown = request.withHeaderBytes(.authorization) { header in
            header.flatMap { $0.isEmpty ? nil : Self.parse($0) }
        }
        if let shown {
            self = shown
            return
        }
        let key = ignoresKey ? [] : try query.value("key") ?? []
        let token = try query.value("access_token") ?? []
        let value = key.isEmpty ? token : key
        self = value.isEmpty ? .none : .key(value)
    }

    private static func parse(_ header: UnsafeRawBufferPointer) -> Credential {
        let scheme = header.prefix { $0 != UInt8(ascii: " ") }
        if scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) {
            let text = header[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }
            return text.isEmpty ? .none : .key(Array(text))
        }
        guard let basic = BasicCredentials(authorization: String(decoding: header, as: UTF8.self)) else {
            return .malformed
        }
        // The key is the user name; a password has no meaning here, so one that is given is a mistake.
        guard basic.password.isEmpty else { return .malformed }
        return basic.user.isEmpty ? .none : .key(basic.user)
    }
}
