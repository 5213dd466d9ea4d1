extension ClientConfiguration {
    /// Reads the file's text.
    ///
    /// - Throws: a `YAMLFailure`.
    init(yaml text: String, path: (String) -> String = { $0 }) throws {
        guard let root = try YAMLMapping.root(of: text) else { return }
        let members = try root.members(["url", "ca_file", "buckets"])
        url = try members["url"].map(Self.url)
        caFile = try members["ca_file"].map { path(try $0.text()) }
        // One that was emptied is none.
        guard let list = members["buckets"], !list.isEmpty else { return }
        buckets = try list.mapping().pairs().map { pair in
            try Bucket(name: pair.name, pair.value.mapping(), path: path)
        }
    }

    fileprivate static func url(_ value: YAMLValue) throws -> ServerURL {
        // Not shown where it is wrong, for people put passwords into addresses.
        guard let url = ServerURL(try value.text()) else {
            throw value.failure("\(value.name) must be an address as \(ServerURL.local)")
        }
        return url
    }
}

extension ClientConfiguration.Bucket {
    fileprivate init(name: String, _ mapping: YAMLMapping, path: (String) -> String) throws {
        let members = try mapping.members(["id", "url", "key", "ca_file"])
        guard let id = members["id"] else { throw mapping.failure("the bucket \(name) has no id") }
        self.init(
            name: name, id: try id.text(), url: try members["url"].map(ClientConfiguration.url),
            key: try members["key"].map { try $0.text() }, caFile: try members["ca_file"].map { path(try $0.text()) })
        guard !name.isEmpty, !name.contains("/") else {
            throw mapping.failure("a bucket's name may be any but an empty one, without slashes")
        }
    }
}
