import HTTPAPI
import KeyValueStore
import Storage

extension KOTDatabases {
    /// An operation as the writer takes it.
    fileprivate enum Step: Sendable {
        case set(key: [UInt8], StoredValue)
        case get(key: [UInt8])
        case delete(key: [UInt8])
    }

    /// Does all operations or none, each seeing those before it, as one command; those that only read, on one snapshot.
    ///
    /// - Returns: for each a value: of a get what it found, nil for nothing; `true` of a set or a delete.
    func run(
        _ operations: [KOTOperation], _ database: String, _ storage: KOTStorage
    ) async throws(APIError) -> [KOTValue?] {
        _ = try checked(database: database)
        guard operations.count <= KOTLimits.operationsMax else {
            throw .badRequest(
                "one request may have at most \(KOTLimits.operationsMax) operations, this one has \(operations.count)")
        }
        for operation in operations {
            _ = try checked(key: operation.key)
            if case .set(_, let value) = operation { try check(value) }
        }
        if operations.allSatisfy(\.isRead) { return try await snapshotRead(operations, database, storage) }
        // A database that is emptied meanwhile has another salt, so what was sealed for it must be sealed anew.
        for _ in 0..<3 {
            if let results = try await attempt(operations, database, storage) { return results }
        }
        throw .databaseReplaced
    }

    /// - Returns: nil where the database was emptied or deleted since its values were sealed.
    private func attempt(
        _ operations: [KOTOperation], _ database: String, _ storage: KOTStorage
    ) async throws(APIError) -> [KOTValue?]? {
        let seal = try await seal(for: operations, database, storage)
        let steps = try await steps(operations, seal, compressing: storage.compress)
        try await readAhead(operations, database)
        let adds = operations.contains { $0.isSet }
        let size = steps.reduce(0) { $0 + $1.size }
        let command = KOTCommand(self, database)
        guard adds else {
            return try await command.runOnExisting(size: size, freesSpace: true) {
                (context, namespace) throws(StoreError) in
                guard let namespace else { return steps.map { $0.resultWithoutDatabase } }
                return try run(steps, context, namespace, seal)
            }
        }
        return try await command.run(size: size) { (context, namespace) throws(StoreError) in
            if let seal, namespace.settings.sealingSalt != seal.salt { return nil }
            return try run(steps, context, namespace, seal)
        }
    }

    private func seal(
        for operations: [KOTOperation], _ database: String, _ storage: KOTStorage
    ) async throws(APIError) -> Seal? {
        guard let encryptionKey = storage.encryptionKey.nonEmpty else { return nil }
        if operations.contains(where: \.isSet) { return try await sealForWriting(database, encryptionKey) }
        guard operations.contains(where: \.isRead), let salt = try await namespace(database)?.settings.sealingSalt
        else { return nil }
        return try await seal(encryptionKey, salt)
    }

    private func steps(
        _ operations: [KOTOperation], _ seal: Seal?, compressing: Bool
    ) async throws(APIError) -> [Step] {
        let make: @Sendable () throws -> [Step] = {
            try operations.map { operation in
                let key = Array(operation.key.utf8)
                switch operation {
                case .set(_, let value):
                    return .set(key: key, try StoredValue(value, compressing: compressing, seal: seal, key: key))
                case .get: return .get(key: key)
                case .delete: return .delete(key: key)
                }
            }
        }
        let size = operations.reduce(0) { $0 + $1.size }
        guard size <= Self.maxSizeInPlace else { return try await blocking(make) }
        do {
            return try make()
        } catch {
            throw failure(error)
        }
    }

    /// Has memory hold what the writer, for whom all others wait, must read.
    private func readAhead(_ operations: [KOTOperation], _ database: String) async throws(APIError) {
        let keys = operations.filter { !$0.isSet }.map { Array($0.key.utf8) }
        guard keys.count > 4, let namespace = try await namespace(database) else { return }
        try await blocking { [store] in
            store.readAhead(of: keys, in: namespace)
        }
    }

    private func run(
        _ steps: [Step], _ context: KOTCommand<Engine>.Context, _ namespace: Namespace, _ seal: Seal?
    ) throws(StoreError) -> [KOTValue?] {
        var results: [KOTValue?] = []
        var size = 0
        for step in steps {
            switch step {
            case .set(let key, let value):
                try context.set(value, namespace, key)
                results.append(.true)
            case .delete(let key):
                try context.delete(namespace, key)
                results.append(.true)
            case .get(let key):
                let bytes = try context.transaction.record(namespace, key) { Array($0.value) }
                do throws(APIError) {
                    results.append(try value(bytes, key, seal, totalSize: &size))
                } catch {
                    throw context.refuse(error)
                }
            }
        }
        return results
    }

    private func snapshotRead(
        _ operations: [KOTOperation], _ database: String, _ storage: KOTStorage
    ) async throws(APIError) -> [KOTValue?] {
        guard let namespace = try await namespace(database) else { return operations.map { _ in nil } }
        let seal = try await seal(for: operations, database, storage)
        return try await blocking { [store] in
            let snapshot = try store.snapshot(of: namespace)
            var size = 0
            return try operations.map { operation in
                let key = Array(operation.key.utf8)
                return try value(try snapshot.record(key) { Array($0.value) }, key, seal, totalSize: &size)
            }
        }
    }

    /// - Parameter totalSize: what the values of one request take, to which this one is added.
    private func value(
        _ bytes: [UInt8]?, _ key: [UInt8], _ seal: Seal?, totalSize: inout Int
    ) throws(APIError) -> KOTValue? {
        guard let bytes else { return nil }
        let value: KOTValue
        do throws(StoredValue.Failure) {
            value = try StoredValue(bytes).open(with: seal, key: key)
        } catch {
            throw failure(error)
        }
        let isFirst = totalSize == 0
        totalSize += value.size
        guard isFirst || totalSize <= KOTLimits.bulkResultSize else {
            throw .badRequest(
                "the values have more than \(KOTLimits.bulkResultSize) bytes together; get fewer at once")
        }
        return value
    }
}

extension KOTOperation {
    var key: String {
        switch self {
        case .set(let key, _), .get(let key), .delete(let key): key
        }
    }

    var isSet: Bool { if case .set = self { true } else { false } }
    var isRead: Bool { if case .get = self { true } else { false } }

    /// What a client sent with it, in bytes.
    var size: Int { if case .set(let key, let value) = self { key.utf8.count + value.size } else { key.utf8.count } }
}

extension KOTDatabases.Step {
    fileprivate var size: Int {
        switch self {
        case .set(let key, let value): key.count + value.bytes.count
        case .get(let key), .delete(let key): key.count
        }
    }

    fileprivate var resultWithoutDatabase: KOTValue? { if case .get = self { nil } else { .true } }
}
