import Storage

/// Changes of whole namespaces, each one small commit however many keys there are.
extension KeyValueStore {
    /// Deletes a namespace with all its keys; the space comes back in the background.
    ///
    /// - Parameter completion: called as by `write`; the command's own errors are `namespaceNotFound`, `namespaceDeleted`.
    public func deleteNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], completion: @escaping Completion<Void>
    ) {
        writeNamespaces(size: name.count, completion) { (transaction, reclaim) throws(StoreError) in
            try transaction.deleteNamespace(kind, name, onCommit: reclaim)
        }
    }

    /// Deletes all namespaces of these names that there are, or none of them.
    public func deleteNamespaces(
        _ kind: Namespace.Kind, _ names: [[UInt8]], completion: @escaping Completion<Void>
    ) {
        writeEach(names, completion) { (transaction, name, reclaim) throws(StoreError) in
            try transaction.deleteNamespace(kind, name, onCommit: reclaim)
        }
    }

    /// Deletes all keys of the namespaces of these names that there are, or of none; the namespaces stay.
    public func emptyNamespaces(
        _ kind: Namespace.Kind, _ names: [[UInt8]], completion: @escaping Completion<Void>
    ) {
        writeEach(names, completion) { (transaction, name, reclaim) throws(StoreError) in
            try transaction.emptyNamespace(kind, name, onCommit: reclaim)
        }
    }

    /// Gives a namespace another name.
    ///
    /// - Parameters:
    ///   - replacing: whether a namespace that has the new name already is deleted.
    ///   - completion: called as by `write`; the command's own errors are `namespaceNotFound`, `namespaceDeleted` and
    ///     `namespaceExists`.
    public func renameNamespace(
        _ kind: Namespace.Kind, _ name: [UInt8], to newName: [UInt8], replacing: Bool,
        completion: @escaping Completion<Void>
    ) {
        writeNamespaces(size: name.count + newName.count, completion) { (transaction, reclaim) throws(StoreError) in
            try transaction.renameNamespace(kind, name, to: newName, replacing: replacing, onDelete: reclaim)
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

    private typealias Reclaim = @Sendable (NamespaceID) -> Void

    private func writeEach(
        _ names: [[UInt8]], _ completion: @escaping Completion<Void>,
        _ change: @escaping @Sendable (WriteTransaction<Engine>, [UInt8], @escaping Reclaim) throws(StoreError) -> Void
    ) {
        let size = names.reduce(0) { $0 + $1.count + Self.commandOverhead }
        writeNamespaces(size: size, completion) { (transaction, reclaim) throws(StoreError) in
            for name in names {
                do throws(StoreError) {
                    try change(transaction, name, reclaim)
                } catch {
                    // One that went away meanwhile is as it is to be.
                    guard error == .namespaceNotFound || error == .namespaceDeleted else { throw error }
                }
            }
        }
    }

    private func writeNamespaces(
        size: Int, _ completion: @escaping Completion<Void>,
        _ change: @escaping @Sendable (WriteTransaction<Engine>, @escaping Reclaim) throws(StoreError) -> Void
    ) {
        let reclaim: Reclaim = { [self] in self.reclaim($0) }
        write(
            size: Self.commandOverhead + size, freesSpace: true,
            { (transaction) throws(StoreError) in try change(transaction, reclaim) }, completion: completion)
    }
}
