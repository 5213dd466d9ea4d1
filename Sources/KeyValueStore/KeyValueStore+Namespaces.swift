import Storage

/// Changes of whole namespaces, each one small commit however many keys there are; the space comes back in the background.
extension KeyValueStore {
    /// Deletes a namespace with all its keys.
    ///
    /// - Parameter completion: called as by `write`, with the id that is gone; the command's own errors are
    ///   `namespaceNotFound` and `namespaceDeleted`.
    public func deleteNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], completion: @escaping Completion<NamespaceID>
    ) {
        writeNamespaces(size: name.count, completion) { (transaction) throws(StoreError) in
            try transaction.deleteNamespace(kind, name)
        } gone: {
            [$0]
        }
    }

    /// Deletes all namespaces of these names that there are, or none of them.
    ///
    /// - Parameter completion: called as by `write`, with the ids that are gone.
    public func deleteNamespaces(
        _ kind: Namespace.Kind, _ names: [[UInt8]], completion: @escaping Completion<[NamespaceID]>
    ) {
        writeEach(names, completion) { (transaction, name) throws(StoreError) in
            try transaction.deleteNamespace(kind, name)
        }
    }

    /// Deletes all keys of the namespaces of these names that there are, or of none; the namespaces stay, under other ids.
    ///
    /// - Parameter completion: called as by `write`, with the ids that are gone.
    public func emptyNamespaces(
        _ kind: Namespace.Kind, _ names: [[UInt8]], completion: @escaping Completion<[NamespaceID]>
    ) {
        writeEach(names, completion) { (transaction, name) throws(StoreError) in
            try transaction.emptyNamespace(kind, name)
        }
    }

    /// Gives a namespace another name.
    ///
    /// - Parameters:
    ///   - replacing: whether a namespace that has the new name already is deleted.
    ///   - completion: called as by `write`, with the id of one that was deleted; the command's own errors are
    ///     `namespaceNotFound`, `namespaceDeleted` and `namespaceExists`.
    public func renameNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], to newName: [UInt8], replacing: Bool,
        completion: @escaping Completion<NamespaceID?>
    ) {
        writeNamespaces(size: name.count + newName.count, completion) { [renames] (transaction) throws(StoreError) in
            try transaction.renameNamespace(kind, name, to: newName, replacing: replacing, noting: renames)
        } gone: {
            $0.map { [$0] } ?? []
        }
    }

    /// The namespaces of a kind that live, by name. May block on the disk.
    ///
    /// - Parameters:
    ///   - after: the name behind which to begin.
    ///   - limit: how many there may be.
    public func namespaces(
        _ kind: Namespace.Kind, after: [UInt8]? = nil, limit: Int = .max
    ) throws(StorageError) -> [Namespace] {
        var range = KeyLayout.namespaces(kind)
        if let after { range = range.after(KeyLayout.namespace(kind, after)) }
        guard !range.isEmpty, limit > 0 else { return [] }
        var namespaces: [Namespace] = []
        var failure: StorageError?
        try engine.scan(range, reverse: false, fillingCache: true) { key, value in
            do throws(StorageError) {
                let name = Array(key.suffix(fromOffset: KeyLayout.namespacePrefixLength))
                let namespace = try Namespace.decode(kind: kind, name: name, value)
                if namespace.deletion == nil { namespaces.append(namespace) }
            } catch {
                failure = error
                return .stop
            }
            return namespaces.count < limit ? .next : .stop
        }
        if let failure { throw failure }
        return namespaces
    }

    private func writeEach(
        _ names: [[UInt8]], _ completion: @escaping Completion<[NamespaceID]>,
        _ change: @escaping @Sendable (WriteTransaction, [UInt8]) throws(StoreError) -> NamespaceID
    ) {
        let size = names.reduce(0) { $0 + $1.count + Self.commandOverhead }
        writeNamespaces(size: size, completion) { (transaction) throws(StoreError) in
            var gone: [NamespaceID] = []
            for name in names {
                do throws(StoreError) {
                    gone.append(try change(transaction, name))
                } catch {
                    // One that went away meanwhile is as it is to be.
                    guard error == .namespaceNotFound || error == .namespaceDeleted else { throw error }
                }
            }
            return gone
        } gone: {
            $0
        }
    }

    private func writeNamespaces<Value: Sendable>(
        size: Int, _ completion: @escaping Completion<Value>,
        _ change: @escaping @Sendable (WriteTransaction) throws(StoreError) -> Value,
        gone: @escaping @Sendable (Value) -> [NamespaceID]
    ) {
        write(size: Self.commandOverhead + size, freesSpace: true, change) { [self] result in
            if case .success(let value) = result { gone(value).forEach(reclaim) }
            completion(result)
        }
    }
}
