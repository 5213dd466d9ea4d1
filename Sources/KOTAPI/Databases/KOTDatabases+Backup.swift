import HTTPAPI
import KeyValueStore
import Storage

extension KOTDatabases {
    public func backup(
        _ database: String, _ visit: (KOTBackupRecord) async throws -> Void
    ) async throws -> KOTSealing? {
        guard let snapshot = try await snapshot(of: database) else { throw APIError.databaseNotFound }
        var cursor = DatabaseCursor(snapshot)
        try await walk(&cursor) { (cursor, page: inout [KOTBackupRecord]) throws(StoreError) in
            try cursor.readRecords(into: &page)
        } visit: { record in
            try await visit(record)
        }
        return snapshot.namespace.settings.sealingSalt
    }

    public func restore(_ database: String, _ records: [KOTBackupRecord], sealing: KOTSealing?) async throws {
        _ = try checked(database: database)
        let values = try await blocking {
            try records.map { record in (Array(record.key.utf8), try stored(record)) }
        }
        let isSealed = values.contains { $0.1.isSealed }
        if isSealed, sealing == nil {
            throw APIError.badRequest("the backup has sealed values but does not say what they were sealed with")
        }
        let size = values.reduce(0) { $0 + $1.0.count + $1.1.bytes.count }
        if usage != nil, let namespace = try await namespace(database) {
            try await blocking { [store] in store.readAhead(of: values.map(\.0), in: namespace) }
        }
        try await KOTCommand(self, database).run(size: size) { (context, namespace) throws(StoreError) in
            if isSealed, let sealing, namespace.settings.sealingSalt != sealing {
                guard namespace.settings.sealingSalt == nil else {
                    throw context.refuse(
                        APIError(
                            status: .conflict,
                            message: """
                                this database has sealed values of its own, so those of the backup could not be opened in \
                                it; restore into another database, or pop this one first
                                """))
                }
                try context.transaction.updateNamespace(.database, namespace.name) { $0.sealingSalt = sealing }
            }
            for (key, value) in values { try context.set(value, namespace, key) }
        }
    }

    private func stored(_ record: KOTBackupRecord) throws(APIError) -> StoredValue {
        let key = try checked(key: record.key)
        do {
            switch record.content {
            case .value(let value, let isCompressed):
                try check(value)
                return try StoredValue(value, compressing: isCompressed, seal: nil, key: key)
            case .sealed(let bytes):
                let value = try StoredValue(bytes)
                guard value.isSealed, bytes.count <= limits.valueSize + StoredValue.overheadMax else {
                    throw StoredValue.Failure.unreadable
                }
                return value
            }
        } catch StoredValue.Failure.unreadable {
            throw .badRequest("the sealed value of \(record.key.prefix(64)) is damaged or of a newer version")
        } catch {
            throw failure(error)
        }
    }
}

extension DatabaseCursor {
    /// Reads on as many records as a page may have, as a backup keeps them.
    mutating func readRecords(into page: inout [KOTBackupRecord]) throws(StoreError) {
        var size = 0
        try advance { (key, record) throws(StoreError) in
            let (key, bytes) = (Array(key), Array(record.value))
            size += key.count + bytes.count
            let content: KOTBackupRecord.Content
            do throws(StoredValue.Failure) {
                let value = try StoredValue(bytes)
                content =
                    value.isSealed
                    ? .sealed(bytes) : .value(try value.open(with: nil, key: key), isCompressed: value.isCompressed)
            } catch {
                throw .storage(.unreadableRecord)
            }
            if case .value(let value, _) = content { size += value.size }
            page.append(KOTBackupRecord(key: String(decoding: key, as: UTF8.self), content))
            return size < KOTBackupRecord.pageSize ? .next : .stop
        }
    }
}

extension KOTBackupRecord {
    /// What is read before it is handed on, in bytes; one value may pass it.
    static let pageSize = 256 << 10
}
