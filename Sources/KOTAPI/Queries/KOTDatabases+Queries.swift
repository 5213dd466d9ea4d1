import HTTPAPI
import KeyValueStore

extension KOTDatabases {
    public func execute(_ query: String, value: KOTValue?) async throws -> [UInt8] {
        let query = try KOTQuery(query, hasValue: value != nil)
        if case .getAll(let database, let encryptionKey) = query {
            var object = KOTEntryWriter(.json)
            try await getAll(database, encryptionKey: encryptionKey) { key, value in
                object.append(key, value)
                guard object.buffer.readableBytes <= KOTLimits.queryResultSize else {
                    throw APIError.badRequest(
                        "the result has more than \(KOTLimits.queryResultSize) bytes; use /controller/get_all, which streams"
                    )
                }
            }
            object.end()
            return Array(object.buffer.readableBytesView)
        }
        return try await run(query, value)
    }

    private func run(_ query: KOTQuery, _ value: KOTValue?) async throws -> [UInt8] {
        switch query {
        case .get(let database, let key, let encryptionKey):
            return (try await get(database, key, encryptionKey: encryptionKey) ?? .null).json
        case .databaseList, .getAll:
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
