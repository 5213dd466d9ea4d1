import Storage

/// How a command finds, makes, renames and deletes namespaces.
extension WriteTransaction {
    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `storage`.
    public func namespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StoreError) -> Namespace {
        guard let namespace = try storedNamespace(kind, name), !namespace.isForgotten(at: now) else {
            throw .namespaceNotFound
        }
        guard namespace.deletion == nil else { throw .namespaceDeleted }
        return namespace
    }

    /// - Throws: `namespaceExists` and `namespaceDeleted` where the name is taken, `storage`.
    public func createNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], settings: NamespaceSettings
    ) throws(StoreError) -> Namespace {
        if let existing = try storedNamespace(kind, name), !existing.isForgotten(at: now) {
            throw existing.deletion == nil ? .namespaceExists : .namespaceDeleted
        }
        let namespace = Namespace(kind: kind, name: name, id: try takeNamespaceID(), settings: settings)
        putNamespace(namespace)
        return namespace
    }

    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `storage`.
    public func updateNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], _ update: (inout NamespaceSettings) throws(StoreError) -> Void
    ) throws(StoreError) {
        let namespace = try namespace(kind, name)
        var settings = namespace.settings
        try update(&settings)
        putNamespace(namespace.replacing(settings: settings))
    }

    /// Deletes a namespace with all its keys, in a time that does not depend on their number. A bucket's name stays taken
    /// for a while, a database's is free at once.
    ///
    /// - Returns: the id whose records are garbage once this is committed.
    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `storage`.
    func deleteNamespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StoreError) -> NamespaceID {
        let namespace = try namespace(kind, name)
        switch kind {
        case .bucket: putNamespace(namespace.deleted(at: now))
        case .database: removeName(of: namespace)
        }
        return leaveKeys(of: namespace)
    }

    /// Deletes all keys of a namespace as `deleteNamespace` does; the namespace stays, under another id, and without what
    /// its sealed values were bound to.
    ///
    /// - Returns: the id whose records are garbage once this is committed.
    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `storage`.
    func emptyNamespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StoreError) -> NamespaceID {
        let namespace = try namespace(kind, name)
        var settings = namespace.settings
        settings.sealingSalt = nil
        putNamespace(Namespace(kind: kind, name: name, id: try takeNamespaceID(), settings: settings))
        return leaveKeys(of: namespace)
    }

    /// Gives a namespace another name, with all that is in it, in a time that does not depend on how much that is.
    ///
    /// - Parameter replacing: whether a namespace that has the new name already is deleted.
    /// - Returns: the id of one that was, whose records are garbage once this is committed.
    /// - Throws: `namespaceNotFound`, `namespaceDeleted`, `namespaceExists`, `storage`.
    func renameNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], to newName: [UInt8], replacing: Bool, noting renames: NamespaceRenames
    ) throws(StoreError) -> NamespaceID? {
        let namespace = try namespace(kind, name)
        guard newName != name else { return nil }
        var gone: NamespaceID?
        if let taken = try storedNamespace(kind, newName), !taken.isForgotten(at: now) {
            guard replacing, taken.deletion == nil else { throw .namespaceExists }
            gone = leaveKeys(of: taken)
        }
        // For those who read by the old name.
        effects.append { renames.insert(namespace.id, newName) }
        removeName(of: namespace)
        putNamespace(namespace.renamed(newName))
        return gone
    }

    /// Notes that the keys of a namespace are garbage.
    private func leaveKeys(of namespace: Namespace) -> NamespaceID {
        put(KeyLayout.goneNamespace(namespace.id), [])
        return namespace.id
    }

    /// An id that no namespace has or had.
    private func takeNamespaceID() throws(StoreError) -> NamespaceID {
        var id: UInt64 = 1
        if let bytes = try get(KeyLayout.nextNamespaceID) {
            guard let stored = bytes.withUnsafeBytes({ $0.bigEndian(UInt64.self, at: 0) }) else {
                throw .storage(StorageError(.damaged, "the next namespace's number can't be read; restore a backup"))
            }
            id = stored
        }
        var next: [UInt8] = []
        next.appendBigEndian(id &+ 1)
        put(KeyLayout.nextNamespaceID, next)
        return NamespaceID(rawValue: id)
    }

    private func storedNamespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StoreError) -> Namespace? {
        if let lastNamespace, lastNamespace.kind == kind, lastNamespace.name == name { return lastNamespace }
        lastNamespace = try lookUpNamespace(kind, name)
        return lastNamespace
    }

    private func lookUpNamespace(_ kind: Namespace.Kind, _ name: [UInt8]) throws(StoreError) -> Namespace? {
        let key = KeyLayout.namespace(kind, name)
        do throws(StorageError) {
            switch changes[key] {
            case .put(let value):
                return try decodeNamespace(kind, name, value)
            case .delete:
                return nil
            case nil:
                if let cached = name.withUnsafeBytes({ services.namespaces.lookup(kind, $0) }) { return cached }
                let generation = services.namespaces.generation
                guard
                    let value = try key.withUnsafeBytes({ (key) throws(StorageError) in
                        try engine.get(key) { Array($0) }
                    })
                else { return nil }
                let namespace = try decodeNamespace(kind, name, value)
                services.namespaces.insert(namespace, generation: generation)
                return namespace
            }
        } catch {
            throw .storage(error)
        }
    }

    private func decodeNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], _ value: [UInt8]
    ) throws(StorageError) -> Namespace {
        try value.span.bytes.withUnsafeBytes { (bytes) throws(StorageError) in
            try Namespace.decode(kind: kind, name: name, bytes)
        }
    }

    private func putNamespace(_ namespace: Namespace) {
        lastNamespace = nil
        put(KeyLayout.namespace(namespace.kind, namespace.name), namespace.encoded())
        effects.append { [services] in
            services.namespaces.remove(namespace.kind, namespace.name)
            services.changeFeed.publish(namespace)
        }
    }

    private func removeName(of namespace: Namespace) {
        lastNamespace = nil
        delete(KeyLayout.namespace(namespace.kind, namespace.name))
        effects.append { [services] in services.namespaces.remove(namespace.kind, namespace.name) }
    }
}
