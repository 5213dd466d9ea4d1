import HTTPAPI
import KeyValueStore

extension KOTDatabases {
    public func execute(_ query: String, value: KOTValue?) async throws -> [UInt8] {
        try await run(try KOTQuery(query, hasValue: value != nil), value)
    }

    /// - Returns: the result, a JSON text, whole in memory.
    func run(_ query: KOTQuery, _ value: KOTValue?) async throws -> [UInt8] {
        switch query {
        case .get(let database, let key, let encryptionKey):
            return try await reading(database, key, encryptionKey) { ($0 ?? .null).json }
        case .getAll(let database, let encryptionKey):
            var object = KOTEntryWriter(.json)
            try await getAll(database, encryptionKey: encryptionKey) { object.append($0, $1) }
            object.end()
            return Array(object.buffer.readableBytesView)
        case .databaseList:
            var object = KOTEntryWriter(.json)
            for (name, location) in try await databases() { object.append(name, .string(location)) }
            object.end()
            return Array(object.buffer.readableBytesView)
        case .set(let database, let key, let text, let encryptionKey, let compress):
            let storage = KOTStorage(encryptionKey: encryptionKey, compress: compress)
            try await set(database, key, to: value ?? .string(text ?? ""), storage)
        case .delete(let database, let key): try await delete(database, key)
        case .databasePop(let database): try await pop(database)
        case .databasePopAll: try await popAll()
        case .databaseDelete(let database): try await deleteDatabase(database)
        case .databaseDeleteAll: try await deleteAllDatabases()
        case .databaseRename(let name, let newName): try await rename(name, to: newName, force: false)
        }
        return KOTValue.true.json
    }
}
