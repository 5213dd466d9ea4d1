import Storage

/// A namespace as a check knows it.
struct CheckedNamespace {
    let kind: Namespace.Kind
    let name: String
    var scriptCount = 0
}

extension StoreChecker {
    func checkGoneNamespaces() {
        let place = "the notes of what was deleted"
        scan(KeyLayout.goneNamespaces, place) { key, value in
            guard key.count == 9, let id = KeyLayout.namespaceID(of: key), value.isEmpty else {
                return report.add(place, "one can't be read")
            }
            checkIsGiven(id, place)
            gone.insert(id)
        }
    }

    func checkNamespaces() {
        scan(KeyRange(prefix: [KeyLayout.Space.namespace.rawValue]), "buckets and databases") { key, value in
            let name = Array(key.suffix(fromOffset: KeyLayout.namespacePrefixLength))
            guard key.count >= KeyLayout.namespacePrefixLength, let kind = Namespace.Kind(rawValue: key[1]) else {
                return report.add("buckets and databases", "one is of a kind that is not known")
            }
            let place = "\(kind) \(Self.text(name))"
            guard let namespace = try? Namespace.decode(kind: kind, name: name, value) else {
                return report.add(place, "its record can't be read")
            }
            let isDeleted = namespace.deletion != nil
            checkIsGiven(namespace.id, place)
            if isDeleted { return }
            if gone.contains(namespace.id) { report.add(place, "its id \(namespace.id.rawValue) is noted as deleted") }
            if let other = namespaces[namespace.id] {
                return report.add(place, "it has the same id as \(other.kind) \(other.name)")
            }
            namespaces[namespace.id] = CheckedNamespace(kind: kind, name: Self.text(name))
            let keys = namespace.settings.accessKeys
            if let secret, keys.hasSigning, keys.signingKey(with: secret) == nil {
                report.add(
                    place,
                    "its signing key can't be opened: it is damaged, or \(StoreDirectory.secretName) is, or is another store's"
                )
            }
            switch kind {
            case .bucket: report.buckets += 1
            case .database: report.databases += 1
            }
        }
    }

    private func checkIsGiven(_ id: NamespaceID, _ place: String) {
        guard let nextNamespaceID else {
            return report.add(place, "it has an id, but the store has not noted which is the next")
        }
        if id.rawValue >= nextNamespaceID { report.add(place, "its id \(id.rawValue) was not given yet") }
    }
}
