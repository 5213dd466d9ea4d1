/// What a client is told by its file: servers, and buckets by short names.
struct ClientConfiguration: Equatable {
    struct Bucket: Equatable {
        let name: String
        var id: String
        var url: ServerURL?
        var key: String?
        /// A path.
        var caFile: String?
    }

    /// Of all buckets that have none of their own.
    var url: ServerURL?
    /// Likewise.
    var caFile: String?
    /// In the file's order.
    var buckets: [Bucket] = []

    var holdsKeys: Bool { buckets.contains { $0.key != nil } }

    func bucket(named name: String) -> Bucket? {
        buckets.first { $0.name == name }
    }

    /// The server that is named beside a bucket's key, whatever else an option or the environment says.
    func server(of bucket: Bucket) -> ServerURL {
        bucket.url ?? url ?? .local
    }
}

extension ClientConfiguration.Bucket {
    /// All that it takes to reach a bucket again that `connection` has reached, from wherever.
    init(name: String, id: String, on connection: RemoteConnection, key: String?) {
        self.init(
            name: name, id: id, url: connection.server, key: key,
            caFile: connection.certificates.map(PathText.absolute))
    }

    /// For people.
    var place: String {
        url.map { "\(id) on \($0)" } ?? id
    }
}
