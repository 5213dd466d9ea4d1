import Storage

extension KeyValueStore {
    /// Runs a transaction as one command, so that all its changes get one revision.
    ///
    /// - Parameter completion: called as by `write` with a result for each operation; the command's own errors are
    ///   `namespaceNotFound`, `namespaceDeleted`, `storage`, and `invalid` and `conditionFailed`, whose text begins with the
    ///   operation's place: `txn[3]: `.
    public func run(
        _ transaction: Transaction, in namespace: NamespaceName, completion: @escaping Completion<[Transaction.Result]>
    ) {
        write(
            size: Self.commandOverhead + transaction.size, freesSpace: !transaction.adds && !transaction.isReadOnly,
            { (writes) throws(StoreError) in
                let namespace =
                    if transaction.adds {
                        try writes.namespace(namespace)
                    } else {
                        try writes.namespace(namespace.kind, namespace.name)
                    }
                return try transaction.results { (operation) throws(StoreError) in
                    try writes.run(operation, namespace)
                }
            }, completion: completion)
    }

    /// Has memory hold the records that a transaction reads, so that the writer, which all others wait for, need not wait
    /// for the disk. May block on it.
    public func readAhead(of transaction: Transaction, in namespace: Namespace) {
        readAhead(of: transaction.operations.lazy.filter(\.reads).map(\.key), in: namespace)
    }

    /// As the other, for keys that a command reads.
    public func readAhead(of keys: some Sequence<[UInt8]>, in namespace: Namespace) {
        for key in keys { KeyLayout.record(namespace.id, key).withUnsafeBytes { engine.readAhead($0) } }
    }

    /// Runs a transaction that changes nothing on one snapshot. May block on the disk.
    ///
    /// - Throws: as `run`; `invalid` for an operation that would change something.
    public func read(
        _ transaction: Transaction, in namespace: Namespace
    ) throws(StoreError) -> [Transaction.Result] {
        let snapshot = try StoreError.wrapping { () throws(StorageError) in try self.snapshot(of: namespace) }
        return try transaction.results { (operation) throws(StoreError) in
            switch operation {
            case .get(let key):
                return .got(try snapshot.record(key, Transaction.Value.init))
            case .check(let key, let revision):
                return try .checking(revision, is: try snapshot.record(key) { $0.revision })
            case .set, .delete, .increment:
                throw .invalid("a snapshot can't be changed")
            }
        }
    }
}

extension WriteTransaction {
    fileprivate func run(
        _ operation: Transaction.Operation, _ namespace: Namespace
    ) throws(StoreError) -> Transaction.Result {
        switch operation {
        case .set(let key, let value, let onlyIfAbsent):
            if onlyIfAbsent, let present = try record(namespace, key, { $0.revision }) { return .kept(present) }
            try set(namespace, key, to: value)
            if case .until(let time) = value.lifetime, time <= now { return .expired }
            return .set(revision)
        case .delete(let key):
            return .deleted(try delete(namespace, key))
        case .increment(let key, let difference, let timeToLive):
            return .incremented(try increment(namespace, key, by: difference, timeToLive: timeToLive), revision)
        case .get(let key):
            return .got(try record(namespace, key, Transaction.Value.init))
        case .check(let key, let expected):
            return try .checking(expected, is: try record(namespace, key) { $0.revision })
        }
    }
}

extension Transaction {
    /// What `run` gives for each operation, with the operation's place in what it throws.
    fileprivate func results(
        _ run: (Operation) throws(StoreError) -> Result
    ) throws(StoreError) -> [Result] {
        var results: [Result] = []
        results.reserveCapacity(operations.count)
        var size = 0
        for (index, operation) in operations.enumerated() {
            do throws(StoreError) {
                let result = try run(operation)
                if case .got(let value?) = result { size += value.bytes.count }
                guard size <= limits.totalSize else {
                    throw .invalid(
                        "the values to here have more than \(limits.totalSize) bytes together; get fewer at once")
                }
                results.append(result)
            } catch {
                throw error.naming(operation: index)
            }
        }
        return results
    }
}

extension Transaction.Result {
    /// - Throws: `conditionFailed` where a key is not at the version that a check asks for.
    fileprivate static func checking(
        _ expected: Revision?, is current: Revision?
    ) throws(StoreError) -> Transaction.Result {
        guard current != expected else { return .checked(current) }
        let asked = expected.map { "the check asks for version \($0)" } ?? "the check asks for no such key"
        let found = current.map { "the key is at version \($0)" } ?? "there is no such key"
        throw .conditionFailed("\(found), but \(asked); get it anew and decide again", at: nil)
    }
}

extension StoreError {
    /// The same with the operation's place before its text.
    fileprivate func naming(operation index: Int) -> StoreError {
        switch self {
        case .invalid(let message): .invalid("txn[\(index)]: \(message)")
        case .conditionFailed(let message, _): .conditionFailed("txn[\(index)]: \(message)", at: nil)
        default: self
        }
    }
}
