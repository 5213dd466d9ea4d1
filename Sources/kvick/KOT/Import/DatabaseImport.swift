import HTTPAPI
import KOTAPI
import KOTFolder

/// Sets what is in a database of KOT's own, many values at a time.
struct DatabaseImport {
    private static let countMax = 1000
    /// In bytes of keys and values.
    private static let sizeMax = 4 << 20

    /// Values that are kept in the same way.
    private struct Kind: Hashable {
        var isCompressed: Bool
        var isEncrypted: Bool
    }

    private struct Batch {
        var pairs: [(key: String, value: KOTValue)] = []
        var size = 0
    }

    let service: any KOTService
    /// The database that is written to.
    let database: String
    let encryptionKey: String?
    /// Told the key, or file, of each entry that is not taken, and why.
    let skip: (_ name: String, _ reason: String) -> Void

    private var batches: [Kind: Batch] = [:]
    /// How many keys were set.
    private(set) var importedCount = 0
    /// How many entries were not taken.
    private(set) var skippedCount = 0

    init(
        into database: String, of service: any KOTService, encryptionKey: String?,
        skip: @escaping (_ name: String, _ reason: String) -> Void
    ) {
        self.service = service
        self.database = database
        self.encryptionKey = encryptionKey
        self.skip = skip
    }

    mutating func add(_ entry: KOTFolderEntry) async throws {
        switch entry {
        case .skipped(let name, let reason):
            skipped(name, reason)
        case .value(let key, _) where key.isEmpty:
            skipped("a value with an empty key", "a key may not be empty")
        case .value(let key, let value):
            let kind = Kind(isCompressed: value.isCompressed, isEncrypted: value.isEncrypted)
            switch value.content {
            case .file(let bytes): try await setAlone(key, .bytes(bytes), kind)
            case .json(let json): try await collect(key, json, kind)
            }
        }
    }

    /// Sets what was collected.
    mutating func finish() async throws {
        for kind in Array(batches.keys) { try await flush(kind) }
        // One without keys is a database, too.
        if importedCount == 0, skippedCount == 0 { try await service.restore(database, [], sealing: nil) }
    }

    private mutating func collect(_ key: String, _ json: [UInt8], _ kind: Kind) async throws {
        let size = key.utf8.count + json.count
        if let batch = batches[kind], batch.pairs.count == Self.countMax || batch.size + size > Self.sizeMax {
            try await flush(kind)
        }
        batches[kind, default: Batch()].pairs.append((key, .json(json)))
        batches[kind, default: Batch()].size += size
    }

    private mutating func flush(_ kind: Kind) async throws {
        guard let pairs = batches.removeValue(forKey: kind)?.pairs else { return }
        do {
            try await service.bulkSet(database, pairs, storage(kind))
            importedCount += pairs.count
        } catch  where Self.isRefusal(error) {
            // One of them is too large, or its key is; the others need not suffer for it.
            for (key, value) in pairs { try await setAlone(key, value, kind) }
        }
    }

    private mutating func setAlone(_ key: String, _ value: KOTValue, _ kind: Kind) async throws {
        do {
            try await service.set(database, key, to: value, storage(kind))
            importedCount += 1
        } catch  where Self.isRefusal(error) {
            skipped(key, "\(error)")
        }
    }

    private mutating func skipped(_ name: String, _ reason: String) {
        skippedCount += 1
        skip(name, reason)
    }

    private func storage(_ kind: Kind) -> KOTStorage {
        KOTStorage(encryptionKey: kind.isEncrypted ? encryptionKey : nil, compress: kind.isCompressed)
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        error is RefusedRequest || (error as? APIError)?.isRefusal == true
    }
}
