import HTTPAPI
import KeyValueStore
import Storage

extension KOTDatabases {
    public func set(_ database: String, _ key: String, to value: KOTValue, _ storage: KOTStorage) async throws {
        _ = try await run([.set(key: key, value)], database, storage)
    }

    public func get(_ database: String, _ key: String, encryptionKey: String?) async throws -> KOTValue? {
        try await reading(database, key, encryptionKey) { $0 }
    }

    public func delete(_ database: String, _ key: String) async throws {
        _ = try await run([.delete(key: key)], database, KOTStorage())
    }

    public func size(_ database: String, _ key: String) async throws -> Int? {
        _ = try checked(database: database)
        let key = try checked(key: key)
        guard let namespace = try await namespace(database) else { return nil }
        return try await blocking { [store] in try store.record(namespace, key) { $0.value.count } }
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

    /// Calls `make` with a key's value, nil where there is none; a large one where that holds up nobody.
    func reading<Answer: Sendable>(
        _ database: String, _ key: String, _ encryptionKey: String?,
        _ make: @escaping @Sendable (KOTValue?) -> Answer
    ) async throws(APIError) -> Answer {
        _ = try checked(database: database)
        let key = try checked(key: key)
        guard let namespace = try await namespace(database), let value = try await stored(namespace, key) else {
            return make(nil)
        }
        // As it is stored and opened, and as it is answered.
        let hold = try value.bytes.count > Self.maxSizeInPlace ? memory(3 * value.bytes.count) : nil
        defer { withExtendedLifetime(hold) {} }
        var seal: Seal?
        if value.isSealed {
            guard let encryptionKey = encryptionKey.unlessNone, let salt = namespace.settings.sealingSalt else {
                throw .wrongEncryptionKey
            }
            seal = try await self.seal(encryptionKey, salt)
        }
        return try await parsing(value.bytes.count) { [seal] in make(try value.open(with: seal, key: key)) }
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
        // With its escapes a JSON text may be several times as long as what it stands for.
        guard size <= limits.valueSize, value.storedSize <= StoredValue.sizeMax else {
            throw .limit(
                "Value lenght is restricted.\nYou do not have the true value lenght",
                "This value has \(size) bytes, and the limit is \(limits.valueSize)")
        }
    }
}

extension KOTValue {
    static let `true` = KOTValue.json(Array("true".utf8))
    static let null = KOTValue.json(Array("null".utf8))

    /// In bytes, of a JSON text with all its escapes.
    var storedSize: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .json(let text): text.count
        }
    }

    /// In bytes; of a JSON string the text that it stands for.
    var size: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .json(let text): text.first == UInt8(ascii: "\"") ? Self.stringSize(text) : text.count
        }
    }

    /// Of the string that a JSON text is, in UTF-8 (RFC 8259 §7).
    private static func stringSize(_ text: [UInt8]) -> Int {
        var size = text.count - 2
        var index = text.startIndex
        while let backslash = text[index...].firstIndex(of: UInt8(ascii: "\\")) {
            guard backslash + 1 < text.endIndex else { break }
            guard text[backslash + 1] == UInt8(ascii: "u"), backslash + 6 <= text.endIndex else {
                // Two bytes for one.
                size -= 1
                index = backslash + 2
                continue
            }
            let digits = String(decoding: text[(backslash + 2)..<(backslash + 6)], as: UTF8.self)
            let unit = UInt16(digits, radix: 16) ?? 0
            // Each half of a pair makes two of the four bytes.
            size -= 6 - (unit < 0x80 ? 1 : unit < 0x800 || (0xD800...0xDFFF).contains(unit) ? 2 : 3)
            index = backslash + 6
        }
        return size
    }
}

extension String? {
    /// Nil also for what KOT means by nothing: an empty text, and `None`.
    var unlessNone: String? {
        guard let self, !self.isEmpty, self != "None" else { return nil }
        return self
    }
}
