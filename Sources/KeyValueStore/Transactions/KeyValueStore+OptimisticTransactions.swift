import Storage

extension KeyValueStore {
    /// Begins a transaction that is decided while it is made, for one thread that may block on the disk.
    ///
    /// - Throws: `storage`.
    public func beginTransaction(
        in namespace: Namespace, limits: OptimisticLimits
    ) throws(StoreError) -> OptimisticTransaction {
        // First, for what is no longer pending by then is in the snapshot.
        let pending = pendingWrites.view(of: namespace.id)
        let revision = writer.newestRevision
        let snapshot = try StoreError.wrapping { () throws(StorageError) in try self.snapshot(of: namespace) }
        return OptimisticTransaction(
            store: self, snapshot: snapshot, revision: revision, pending: pending, limits: limits)
    }
}

extension KeyValueStore {
    /// Has what was committed quietly written now.
    public func wakeWriter() {
        writer.wake()
    }
}

extension OptimisticTransaction {
    /// Makes all that was written take effect, with one revision, where everything is still as it was read. The last call.
    ///
    /// One that wrote nothing is done at once, unless it has read what is not yet on disk.
    ///
    /// - Parameters:
    ///   - quietly: whether it waits for `wakeWriter`, which must follow soon, so that several are written together.
    ///   - completion: called as by `write`; the transaction's own errors are `conflict`, after which it may be
    ///   begun anew, `namespaceNotFound`, `namespaceDeleted`, `invalid` and `storage`.
    public func commit(quietly: Bool = false, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        guard needsCommit else { return completion(.success(())) }
        let (store, reads, namespace) = (store, reads, snapshot.namespace)
        let ordered = writes.sorted { $0.value.number < $1.value.number }.map { (key: $0.key, value: $0.value.value) }
        // The writer, for which all wait, need not wait for the disk.
        store.readAhead(of: reads.keys.keys, in: namespace)
        store.readAhead(of: ordered.lazy.filter { $0.value == nil }.map(\.key), in: namespace)
        let promised = SortedKeys(ordered.lazy.map { (key: $0.key, value: $0.value.map { SeenValue($0) }) })
        let size = KeyValueStore.commandOverhead * (1 + ordered.count) + writtenSize + reads.size
        let handOver = store.pendingWrites.submit(promised, after: reads, of: pending, in: namespace.id) { commit in
            store.writer.enqueue(
                Writer.Command(
                    size: size, freesSpace: !ordered.isEmpty && ordered.allSatisfy { $0.value == nil },
                    { (transaction) throws(StoreError) in
                        do throws(StoreError) {
                            try transaction.apply(ordered, after: reads, in: namespace)
                        } catch {
                            // At once, so that nobody builds on it until the group is on disk.
                            commit.fail()
                            throw error
                        }
                        transaction.keep(commit)
                    },
                    completion: { result in
                        if case .failure = result { commit.fail() }
                        completion(result)
                    }), quietly: quietly)
        }
        guard let handOver else { return completion(.failure(.conflict)) }
        handOver()
    }
}

extension WriteTransaction {
    /// - Parameter namespace: as it was when the reads were made.
    /// - Throws: `conflict` where anything is not as it was read.
    fileprivate func apply(
        _ writes: [(key: [UInt8], value: NewValue?)], after reads: ReadSet, in namespace: Namespace
    ) throws(StoreError) {
        let current = try self.namespace(namespace.kind, namespace.name)
        // One of the same name that was made anew is another.
        guard current.id == namespace.id else { throw .namespaceDeleted }
        try check(reads, current)
        for (key, value) in writes {
            if let value {
                try set(current, key, to: value)
            } else {
                _ = try delete(current, key)
            }
        }
    }
}
