import HTTPAPI
import KeyValueStore
import Storage

extension KOTDatabases {
    public func set(_ database: String, _ key: String, to value: KOTValue, _ storage: KOTStorage) async throws {
        _ = try await run([.set(key: key, value)], database, storage)
    }

    public func get(_ database: String, _ key: String, encryptionKey: String?) async throws -> KOTValue? {
        try await read(database, key, encryptionKey)
    }

    public func delete(_ database: String, _ key: String) async throws {
        _ = try await run([.delete(key: key)], database, KOTStorage())
    }

    public func size(_ database: String, _ key: String) async throws -> Int? {
        _ = try checked(database: database)
        let key = try checked(key: key)
        guard let namespace = try await namespace(database) else { return nil }
        return try await stored(namespace, key)?.bytes.count
    }

    public func bulkSet(
        _ database: String, _ pairs: [(key: String, value: KOTValue)], _ storage: KOTStorage
    ) async throws {
        _ = try await run(pairs.map { .set(key: $0.key, $0.value) }, database, storage)
    }

    public func bulkGet(
        _ database: String, _ keys: [String], encryptionKey: String?
    ) async throws -> [(key: String, value: KOTValue)] {
        let values = try await run(keys.map { .get(key: $0) }, database, KOTStorage(encryptionKey: encryptionKey))
        return zip(keys, values).compactMap { key, value in value.map { (key, $0) } }
    }

    public func bulkDelete(_ database: String, _ keys: [String]) async throws {
        _ = try await run(keys.map { .delete(key: $0) }, database, KOTStorage())
    }

    public func transaction(
        _ database: String, _ operations: [KOTOperation], _ storage: KOTStorage
    ) async throws -> [KOTValue?] {
        try await run(operations, database, storage)
    }

    // MARK: Reads

    private func read(
        _ database: String, _ key: String, _ encryptionKey: String?
    ) async throws(APIError) -> KOTValue? {
        _ = try checked(database: database)
        let key = try checked(key: key)
        guard let namespace = try await namespace(database), let value = try await stored(namespace, key) else {
            return nil
        }
        guard value.isSealed else { return try await open(value, nil, key) }
        guard let encryptionKey = encryptionKey.nonEmpty, let salt = namespace.settings.sealingSalt else {
            throw .wrongEncryptionKey
        }
        return try await open(value, try await seal(encryptionKey, salt), key)
    }

    private func stored(_ namespace: Namespace, _ key: [UInt8]) async throws(APIError) -> StoredValue? {
        let read = key.withUnsafeBytes { key in store.cachedRecord(namespace, key) { Array($0.value) } }
        let bytes: [UInt8]?
        switch read {
        case .found(let found): bytes = found
        case .absent: bytes = nil
        case .wouldBlock:
            bytes = try await blocking { [store] in try store.record(namespace, key) { Array($0.value) } }
        }
        do throws(StoredValue.Failure) {
            return try bytes.map { (bytes) throws(StoredValue.Failure) in try StoredValue(bytes) }
        } catch {
            throw failure(error)
        }
    }

    /// Opens a large value where that holds up nobody.
    private func open(_ value: StoredValue, _ seal: Seal?, _ key: [UInt8]) async throws(APIError) -> KOTValue {
        guard value.bytes.count <= Self.maxSizeInPlace else {
            return try await blocking { try value.open(with: seal, key: key) }
        }
        do throws(StoredValue.Failure) {
            return try value.open(with: seal, key: key)
        } catch {
            throw failure(error)
        }
    }

    /// Values up to this size are compressed, sealed and opened without a change of threads, in bytes.
    static var maxSizeInPlace: Int { 64 << 10 }

    // MARK: Seals

    func seal(_ encryptionKey: String, _ salt: SealingSalt) async throws(APIError) -> Seal {
        do throws(KeyDerivation.Failure) {
            return try await keyDerivation.seal(encryptionKey, salt, for: requester)
        } catch {
            throw failure(error)
        }
    }

    /// The seal that values of the database are to be sealed with; makes the database where there is none.
    func sealForWriting(_ database: String, _ encryptionKey: String) async throws(APIError) -> Seal {
        if let salt = try await namespace(database)?.settings.sealingSalt {
            return try await seal(encryptionKey, salt)
        }
        // The salt is there before the first value, so that all who seal at once agree on one.
        let command = KOTCommand(self, database)
        let salt = try await command.run(size: 0) { (context, namespace) throws(StoreError) in
            if let salt = namespace.settings.sealingSalt { return salt }
            let salt = SealingSalt.random()
            try context.transaction.updateNamespace(.database, namespace.name) { $0.sealingSalt = salt }
            return salt
        }
        return try await seal(encryptionKey, salt)
    }

    // MARK: Checks

    func checked(database: String) throws(APIError) -> [UInt8] {
        let name = Array(database.utf8)
        guard !name.isEmpty else { throw .badRequest("database_name is empty; give the database a name") }
        guard name.count <= limits.databaseNameSize else {
            throw .limit(
                "Database name lenght is restricted.\nYou do not have the true database name lenght",
                "This name has \(name.count) bytes, and the limit is \(limits.databaseNameSize)")
        }
        return name
    }

    func checked(key: String) throws(APIError) -> [UInt8] {
        let bytes = Array(key.utf8)
        guard !bytes.isEmpty else { throw .badRequest("key is empty; give the key a name") }
        guard bytes.count <= limits.keySize else {
            throw .limit(
                "Key lenght is restricted.\nYou do not have the true key lenght",
                "This key has \(bytes.count) bytes, and the limit is \(limits.keySize)")
        }
        return bytes
    }

    func check(_ value: KOTValue) throws(APIError) {
        let size = value.size
        guard size <= limits.valueSize else {
            throw .limit(
                "Value lenght is restricted.\nYou do not have the true value lenght",
                "This value has \(size) bytes, and the limit is \(limits.valueSize)")
        }
    }
}

extension KOTValue {
    static let `true` = KOTValue.json(Array("true".utf8))
    static let null = KOTValue.json(Array("null".utf8))

    /// In bytes; of a JSON string without its quotes.
    var size: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .json(let text): text.first == UInt8(ascii: "\"") ? text.count - 2 : text.count
        }
    }
}

extension String? {
    /// Nil also for what KOT means by nothing: an empty text, and `None`.
    var nonEmpty: String? {
        guard let self, !self.isEmpty, self != "None" else { return nil }
        return self
    }
}
