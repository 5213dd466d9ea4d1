import HTTPAPI
import HTTPServer

/// What a token is asked for (KVdb reference, "Authorization").
struct TokenSettings: Sendable {
    var prefix: [UInt8]
    var permissions: AccessToken.Permissions
    /// In seconds.
    var lifetime: Int

    /// A century, in seconds.
    static let maxLifetime = 3_155_760_000

    /// Takes them from the body, a form or a JSON object, and the query string together.
    init(_ request: Request, _ query: Parameters, maxKeySize: Int) throws(APIError) {
        let parameters = try Parameters(bodyOf: request, and: query)
        let names = (try parameters.text("permissions") ?? "")
            .split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmingSpaces()) }
        try self.init(
            prefix: try parameters.exactValue("prefix") ?? [], permissions: names,
            lifetime: try parameters.integer("ttl", in: 1...Self.maxLifetime).map(Int64.init), maxKeySize: maxKeySize)
    }

    /// - Parameters:
    ///   - permissions: their names.
    ///   - lifetime: in seconds; nil for an hour.
    init(prefix: [UInt8], permissions names: [String], lifetime: Int64?, maxKeySize: Int) throws(APIError) {
        guard prefix.count <= maxKeySize else {
            throw .badRequest(
                "prefix has \(prefix.count) bytes, and the limit is \(maxKeySize); choose a shorter one")
        }
        guard let permissions = AccessToken.Permissions(names: names) else {
            let all = AccessToken.Permissions.allNames.joined(separator: ", ")
            throw .badRequest("permissions must be one or more of \(all), with commas between them")
        }
        guard let lifetime = Int(exactly: lifetime ?? 3600), (1...Self.maxLifetime).contains(lifetime) else {
            throw .badRequest("ttl must be a whole number, 1 to \(Self.maxLifetime)")
        }
        self.prefix = prefix
        self.permissions = permissions
        self.lifetime = lifetime
    }
}
