import Storage

/// The scripts of buckets. Nobody can watch what becomes of them.
extension KeyValueStore {
    /// Makes a script, or gives one another source.
    ///
    /// - Parameters:
    ///   - bucket: the bucket's name.
    ///   - condition: of the script's version, decided on the writer.
    ///   - completion: called as by `write` with the script's new version; the command's own errors are `namespaceNotFound`,
    ///     `namespaceDeleted`, `conditionFailed`, `storage`, and `invalid` where the bucket has as many as it may.
    public func setScript(
        _ bucket: [UInt8], _ name: [UInt8], to source: [UInt8], if condition: Precondition = .none,
        completion: @escaping Completion<Revision>
    ) {
        write(
            size: Self.commandOverhead + name.count + source.count + condition.size,
            { (transaction) throws(StoreError) in
                let namespace = try transaction.namespace(.bucket, bucket)
                try transaction.setScript(namespace, name, to: source, if: condition)
                return transaction.revision
            }, completion: completion)
    }

    /// Deletes a script.
    ///
    /// - Parameters:
    ///   - bucket: the bucket's name.
    ///   - condition: as of `setScript`.
    ///   - completion: called as by `write` with whether there was such a script; the command's own errors are
    ///     `namespaceNotFound`, `namespaceDeleted`, `conditionFailed` and `storage`.
    public func deleteScript(
        _ bucket: [UInt8], _ name: [UInt8], if condition: Precondition = .none, completion: @escaping Completion<Bool>
    ) {
        write(
            size: Self.commandOverhead + name.count + condition.size, freesSpace: true,
            { (transaction) throws(StoreError) in
                let namespace = try transaction.namespace(.bucket, bucket)
                return try transaction.deleteScript(namespace, name, if: condition)
            }, completion: completion)
    }

    /// The script of that name; nil where there is none. May block on the disk.
    public func script(_ bucket: Namespace, _ name: [UInt8]) throws(StorageError) -> Script? {
        let key = KeyLayout.script(bucket.id, name)
        let bytes = try key.withUnsafeBytes { (key) throws(StorageError) in try engine.get(key) { Array($0) } }
        guard let bytes else { return nil }
        return try bytes.span.bytes.withUnsafeBytes { (bytes) throws(StorageError) in try Script(decoding: bytes) }
    }

    /// The version of the script of that name; nil where there is none. May block on the disk.
    public func scriptRevision(_ bucket: Namespace, _ name: [UInt8]) throws(StorageError) -> Revision? {
        let key = KeyLayout.script(bucket.id, name)
        let read = try key.withUnsafeBytes { (key) throws(StorageError) in
            try engine.get(key) { bytes in Result { () throws(StorageError) in try Script.revision(of: bytes) } }
        }
        return try read?.get()
    }

    /// All scripts of a bucket, by name. May block on the disk.
    public func scripts(_ bucket: Namespace) throws(StorageError) -> [ListedScript] {
        var scripts: [ListedScript] = []
        var failure: StorageError?
        try engine.scan(KeyLayout.scripts(of: bucket.id), reverse: false, fillingCache: true) { key, value in
            do throws(StorageError) {
                let script = try Script(decoding: value)
                let name = Array(key.suffix(fromOffset: KeyLayout.recordPrefixLength))
                scripts.append(ListedScript(name: name, size: script.source.count, updated: script.updated))
                return .next
            } catch {
                failure = error
                return .stop
            }
        }
        if let failure { throw failure }
        return scripts
    }
}

extension WriteTransaction {
    fileprivate func setScript(
        _ namespace: Namespace, _ name: [UInt8], to source: [UInt8], if condition: Precondition
    ) throws(StoreError) {
        let key = KeyLayout.script(namespace.id, name)
        try check(condition, script: key)
        if try get(key) == nil, try scriptCount(namespace) >= Script.maxCount {
            throw .invalid("this bucket has \(Script.maxCount) scripts, as many as it may; delete one first")
        }
        put(key, Script(source: source, updated: now, revision: revision).encoded())
    }

    fileprivate func deleteScript(
        _ namespace: Namespace, _ name: [UInt8], if condition: Precondition
    ) throws(StoreError) -> Bool {
        let key = KeyLayout.script(namespace.id, name)
        try check(condition, script: key)
        guard try get(key) != nil else { return false }
        delete(key)
        return true
    }

    private func check(_ condition: Precondition, script key: Key) throws(StoreError) {
        // Without a condition, what can't be read is mended or deleted.
        guard !condition.isNone else { return }
        let bytes = try get(key)
        let revision = try StoreError.wrapping { () throws(StorageError) in
            try bytes.map { (bytes) throws(StorageError) in
                try bytes.span.bytes.withUnsafeBytes { (bytes) throws(StorageError) in try Script.revision(of: bytes) }
            }
        }
        try condition.check(revision, of: .script)
    }

    private func scriptCount(_ namespace: Namespace) throws(StoreError) -> Int {
        let range = KeyLayout.scripts(of: namespace.id)
        // Each key once, whether it is stored already or is changed by this group.
        var keys = Set(changes.keys.lazy.filter(range.contains))
        try StoreError.wrapping { () throws(StorageError) in
            try engine.scan(range, reverse: false, fillingCache: true) { key, _ in
                keys.insert(Key(key))
                return .next
            }
        }
        return keys.count { key in
            if case .delete = changes[key] { false } else { true }
        }
    }
}
