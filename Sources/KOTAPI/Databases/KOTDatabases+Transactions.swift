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
        let hold = try resultMemory(for: operations)
        defer { withExtendedLifetime(hold) {} }
        if operations.allSatisfy(\.isRead) { return try await snapshotRead(operations, database, storage) }
        // A database that is emptied meanwhile has another salt, so what was sealed for it must be sealed anew.
        for _ in 0..<3 {
            if let results = try await attempt(operations, database, storage) { return results }
        }
        throw .databaseReplaced
    }

    /// Counts what the values that are asked for may take, until they are handed on.
    private func resultMemory(for operations: [KOTOperation]) throws(APIError) -> MemoryHold? {
        guard operations.contains(where: \.isRead) else { return nil }
        return try memory(KOTLimits.bulkResultSize)
    }

    /// - Returns: nil, with nothing changed, where the database was emptied or deleted since its values were sealed.
    private func attempt(
        _ operations: [KOTOperation], _ database: String, _ storage: KOTStorage
    ) async throws(APIError) -> [KOTValue?]? {
        let seal = try await seal(for: operations, database, storage)
        let steps = try await steps(operations, seal, compressing: storage.compress)
        try await readAhead(operations, database)
        let (adds, reads) = (operations.contains { $0.isSet }, operations.contains { $0.isRead })
        let size = steps.reduce(reads ? KOTLimits.bulkResultSize : 0) { $0 + $1.size }
        let command = KOTCommand(self, database)
        let body: @Sendable (KOTCommand.Context, Namespace?) throws(StoreError) -> [StoredValue?] = {
            (context, namespace) throws(StoreError) in
            guard let namespace else { return steps.map { _ in nil } }
            if let seal, namespace.settings.sealingSalt != seal.salt { throw context.stale() }
            return try run(steps, context, namespace, seal)
        }
        let values: [StoredValue?]
        do throws(APIError) {
            values =
                adds
                ? try await command.run(size: size, body)
                : try await command.runOnExisting(size: size, freesSpace: !reads, body)
        } catch {
            guard command.wasStale else { throw error }
            return nil
        }
        return try await results(operations, values)
    }

    /// What each operation gave, from the values that gets found.
    private func results(
        _ operations: [KOTOperation], _ values: [StoredValue?]
    ) async throws(APIError) -> [KOTValue?] {
        try await parsing(values.reduce(0) { $0 + ($1?.bytes.count ?? 0) }) {
            try zip(operations, values).map { operation, value in
                guard operation.isRead else { return .true }
                return try value?.open(with: nil, key: [])
            }
        }
    }

    private func seal(
        for operations: [KOTOperation], _ database: String, _ storage: KOTStorage
    ) async throws(APIError) -> Seal? {
        guard let encryptionKey = storage.encryptionKey.unlessNone else { return nil }
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
        return try await parsing(operations.reduce(0) { $0 + $1.size }, make)
    }

    /// Has memory hold what the writer, for whom all others wait, must read.
    private func readAhead(_ operations: [KOTOperation], _ database: String) async throws(APIError) {
        // With limits of keys a set looks whether its key is there.
        let keys = operations.filter { usage != nil || !$0.isSet }.map { Array($0.key.utf8) }
        guard keys.count > 4, let namespace = try await namespace(database) else { return }
        try await blocking { [store] in
            store.readAhead(of: keys, in: namespace)
        }
    }

    /// - Returns: for each get the value that it found, without its seal.
    private func run(
        _ steps: [Step], _ context: KOTCommand.Context, _ namespace: Namespace, _ seal: Seal?
    ) throws(StoreError) -> [StoredValue?] {
        var values: [StoredValue?] = []
        var size = 0
        for step in steps {
            switch step {
            case .set(let key, let value):
                try context.set(value, namespace, key)
                values.append(nil)
            case .delete(let key):
                try context.delete(namespace, key)
                values.append(nil)
            case .get(let key):
                let bytes = try context.transaction.record(namespace, key) { Array($0.value) }
                do throws(APIError) {
                    values.append(try unsealed(bytes, key, seal, totalSize: &size))
                } catch {
                    throw context.refuse(error)
                }
            }
        }
        return values
    }

    /// A value that is to be opened once all is done; what could refuse it then refuses it now.
    ///
    /// - Parameter totalSize: of all values of the request, to which this one's is added.
    private func unsealed(
        _ bytes: [UInt8]?, _ key: [UInt8], _ seal: Seal?, totalSize: inout Int
    ) throws(APIError) -> StoredValue? {
        guard let bytes else { return nil }
        let value: StoredValue
        do throws(StoredValue.Failure) {
            value = try StoredValue(bytes).unsealed(with: seal, key: key)
            totalSize += try value.contentSize
        } catch {
            throw failure(error)
        }
        guard totalSize <= KOTLimits.bulkResultSize else { throw .tooLargeResult }
        return value
    }

    private func snapshotRead(
        _ operations: [KOTOperation], _ database: String, _ storage: KOTStorage
    ) async throws(APIError) -> [KOTValue?] {
        let name = Array(database.utf8)
        guard let snapshot = try await blocking({ [store] in try store.snapshot(.database, name) }) else {
            return operations.map { _ in nil }
        }
        var seal: Seal?
        if let encryptionKey = storage.encryptionKey.unlessNone, let salt = snapshot.namespace.settings.sealingSalt {
            seal = try await self.seal(encryptionKey, salt)
        }
        return try await blocking { [seal] in
            var size = 0
            return try operations.map { operation in
                let key = Array(operation.key.utf8)
                guard let bytes = try snapshot.record(key, { Array($0.value) }) else { return nil }
                return try unsealed(bytes, key, seal, totalSize: &size)?.open(with: nil, key: [])
            }
        }
    }
}

extension APIError {
    fileprivate static let tooLargeResult = badRequest(
        "the values have more than \(KOTLimits.bulkResultSize) bytes together; get fewer at once, or a large one by itself"
    )
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
}
