import YAML

extension ClientConfiguration {
    /// Reads the file's text.
    ///
    /// - Throws: a `YAMLFailure`.
    init(yaml text: String, path: (String) -> String = { $0 }) throws {
        let members = try YAMLMember.members(of: text).named(["url", "ca_file", "buckets"])
        url = try members["url"].map(Self.url)
        caFile = try members["ca_file"].map { path(try $0.text()) }
        buckets = try (members["buckets"]?.members() ?? []).map { try Bucket($0, path: path) }
    }

    /// Where a bucket's name stands in the file's text, counted from 1; nil where there is no such bucket.
    ///
    /// - Throws: a `YAMLFailure`.
    static func line(of bucket: String, in text: String) throws -> Int? {
        let buckets = try YAMLMember.members(of: text).first { $0.name == "buckets" }?.members()
        return buckets?.first { $0.name == bucket }?.line
    }

    fileprivate static func url(_ member: YAMLMember) throws -> ServerURL {
        // Not shown where it is wrong, for people put passwords into addresses.
        guard let url = ServerURL(try member.text()) else {
            throw member.failure("\(member.name) must be an address as \(ServerURL.local)")
        }
        return url
    }
}

extension ClientConfiguration.Bucket {
    fileprivate init(_ bucket: YAMLMember, path: (String) -> String) throws {
        let members = try bucket.members().named(["id", "url", "key", "ca_file"])
        guard let id = members["id"] else { throw bucket.failure("the bucket \(bucket.name) has no id") }
        self.init(
            name: bucket.name, id: try id.text(), url: try members["url"].map(ClientConfiguration.url),
            key: try members["key"].map { try $0.text() }, caFile: try members["ca_file"].map { path(try $0.text()) })
        guard !name.isEmpty, !name.contains("/") else {
            throw YAMLFailure(
                line: bucket.line, message: "a bucket's name may be any but an empty one, without slashes")
        }
    }
}

extension [YAMLMember] {
    /// By their names.
    ///
    /// - Throws: where there is one of another name than these.
    fileprivate func named(_ names: [String]) throws(YAMLFailure) -> [String: YAMLMember] {
        if let other = first(where: { !names.contains($0.name) }) {
            let hint = NearestName.hint(for: other.name, in: names)
            let known = hint.isEmpty ? "; there are \(names.joined(separator: ", "))" : hint
            throw YAMLFailure(line: other.line, message: "there is no setting '\(other.name)'\(known)")
        }
        return reduce(into: [:]) { $0[$1.name] = $1 }
    }
}
