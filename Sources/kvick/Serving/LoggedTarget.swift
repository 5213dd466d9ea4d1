import HTTPServer
import KVdbAPI

/// What the access log tells of a request's path and query.
///
/// The id of a bucket is what lets others find it, so only its first characters are told. Of the query the values of known
/// parameters are, of which none is a secret; what else stands there may be one, as what a script takes.
struct LoggedTarget {
    private let kinds: RequestKinds

    init(_ kinds: RequestKinds) {
        self.kinds = kinds
    }

    private static let harmlessParameters: Set<String> = [
        "after", "export", "format", "limit", "prefix", "reverse", "settings", "since", "skip", "ttl", "values",
        "watch",
    ]
    private static let secretParameters: Set<String> = [
        "access_token", "key", "read_key", "secret_key", "signing_key", "write_key",
    ]

    func text(of request: Request) -> String {
        let path = request.withPathBytes { String(decoding: $0, as: UTF8.self) }
        let shown = namesBucket(request, path) ? Self.withoutBucket(path) : path
        let query = request.withQueryBytes { $0.map { String(decoding: $0, as: UTF8.self) } }
        guard let query else { return shown }
        let fields = query.split(separator: "&", omittingEmptySubsequences: false).map(Self.shown)
        return shown + "?" + fields.joined(separator: "&")
    }

    private func namesBucket(_ request: Request, _ path: String) -> Bool {
        switch kinds.service(for: request) {
        case .buckets: true
        // Beside the page itself it has files at paths of their own.
        case .scriptsPage: path.hasSuffix("/")
        case .operations, .databases, .databasesPage: false
        }
    }

    /// A quarter of a bucket's id is told, up to six characters: enough to tell buckets apart, and too few to find one.
    private static func withoutBucket(_ path: String) -> String {
        // Of `//ID/KEY`, too, which names no bucket but tells an id.
        let slashes = path.prefix { $0 == "/" }
        let rest = path[slashes.endIndex...]
        let bucket = rest.prefix { $0 != "/" }
        guard !bucket.isEmpty else { return path }
        return slashes + bucket.prefix(min(bucket.count / 4, 6)) + "*" + rest[bucket.endIndex...]
    }

    private static func shown(_ field: Substring) -> String {
        let name = String(field.prefix { $0 != "=" })
        if field.isEmpty { return "" }
        if harmlessParameters.contains(name) { return String(field) }
        return secretParameters.contains(name) ? name + "=*" : "*"
    }
}
