import HTTPAPI
import KOTAPI

/// The databases of a running server, over KOT's API.
struct RemoteDatabases: KOTService {
    let connection: KOTConnection

    /// Calls `body` with the databases of `server`, and closes all connections behind it.
    ///
    /// - Parameter certificates: a file of those that are trusted, in PEM; nil for the system's.
    static func with<Result>(
        _ server: ServerURL, password: String, certificates: String?, _ body: (any KOTService) async throws -> Result
    ) async throws -> Result {
        try await RemoteConnection.with(server, certificates: certificates) { connection in
            try await body(RemoteDatabases(connection: KOTConnection(connection: connection, password: password)))
        }
    }

    // MARK: - Keys

    func set(_ database: String, _ key: String, to value: KOTValue, _ storage: KOTStorage) async throws {
        var body = RequestBody(database: database)
        body.string("key", key)
        body.value(value)
        body.storage(storage)
        try await connection.command("/controller/set", body)
    }

    func get(_ database: String, _ key: String, encryptionKey: String?) async throws -> KOTValue? {
        var body = RequestBody(database: database)
        body.string("key", key)
        body.encryptionKey(encryptionKey)
        let response = try await connection.response("/controller/get", body, accept: "application/octet-stream")
        let isFile = response.headers.first(name: "Content-Type")?.hasPrefix("application/octet-stream") ?? false
        let bytes = try await connection.bytes(of: response)
        if isFile { return .bytes(bytes) }
        let json = try checked(bytes)
        return json == Array("null".utf8) ? nil : .json(json)
    }

    func getAll(
        _ database: String, encryptionKey: String?, _ visit: (String, KOTValue) async throws -> Void
    ) async throws {
        var body = RequestBody(database: database)
        body.encryptionKey(encryptionKey)
        try await entries("/controller/get_all", body, visit)
    }

    func delete(_ database: String, _ key: String) async throws {
        var body = RequestBody(database: database)
        body.string("key", key)
        try await connection.command("/controller/delete", body)
    }

    func count(_ database: String) async throws -> Int {
        try await connection.integer("/controller/get_count", RequestBody(database: database)) ?? 0
    }

    func size(_ database: String, _ key: String) async throws -> Int? {
        var body = RequestBody(database: database)
        body.string("key", key)
        return try await connection.integer("/controller/size", body)
    }

    func sizeAll(_ database: String) async throws -> Int {
        try await connection.integer("/controller/size_all", RequestBody(database: database)) ?? 0
    }

    // MARK: - Many keys

    func bulkSet(_ database: String, _ pairs: [(key: String, value: KOTValue)], _ storage: KOTStorage) async throws {
        var body = RequestBody(database: database)
        body.list("kv_pairs", pairs) { pair, writer in
            writer.raw("[")
            writer.string(pair.key)
            writer.raw(",")
            writer.buffer.writeBytes(pair.value.json)
            writer.raw("]")
        }
        body.storage(storage)
        try await connection.command("/controller/bulk_set", body)
    }

    func bulkGet(
        _ database: String, _ keys: [String], encryptionKey: String?
    ) async throws -> [(key: String, value: KOTValue)] {
        var body = RequestBody(database: database)
        body.list("keys", keys) { key, writer in writer.string(key) }
        body.encryptionKey(encryptionKey)
        var found: [(key: String, value: KOTValue)] = []
        try await entries("/controller/bulk_get", body) { found.append(($0, $1)) }
        return found
    }

    func bulkDelete(_ database: String, _ keys: [String]) async throws {
        var body = RequestBody(database: database)
        body.list("keys", keys) { key, writer in writer.string(key) }
        try await connection.command("/controller/bulk_delete", body)
    }

    func transaction(
        _ database: String, _ operations: [KOTOperation], _ storage: KOTStorage
    ) async throws -> [KOTValue?] {
        var body = RequestBody(database: database)
        body.list("operations", operations) { operation, writer in operation.write(to: &writer) }
        body.storage(storage)
        let json = try checked(await connection.answer("/controller/transaction", body))
        guard let results = JSONText.elements(of: json[...]) else {
            throw CommandFailure("the answer of \(connection.server) is no list; is it a KOT server?")
        }
        return results.map { $0.elementsEqual("null".utf8) ? nil : .json(Array($0)) }
    }

    // MARK: - Log and queries

    func log(_ message: String, at level: KOTLogLevel, in database: String?) async throws {
        var body = RequestBody(database: database)
        body.string("message", message)
        try await connection.command("/controller/" + level.rawValue, body)
    }

    func execute(_ query: String, value: KOTValue?) async throws -> [UInt8] {
        var body = RequestBody()
        body.string("query", query)
        if let value { body.value(value) }
        return try checked(await connection.answer("/execute", body))
    }

    // MARK: -

    /// Calls `visit` with each key and value of an answer in lines.
    private func entries(
        _ path: String, _ body: RequestBody, _ visit: (String, KOTValue) async throws -> Void
    ) async throws {
        let response = try await connection.response(path, body, accept: "application/jsonl")
        var lines = ResponseLines(response, server: connection.server)
        while true {
            let entry = try EntryLine(await lines.next())
            if entry.isEnd { return }
            guard let key = entry.key, let value = entry.value else {
                throw CommandFailure("the answer of \(connection.server) can't be read; is it a KOT server?")
            }
            try await visit(key, value)
        }
    }

    /// `answer` without white space between its parts.
    func checked(_ answer: [UInt8]) throws -> [UInt8] {
        guard let json = JSONText.compact(answer) else {
            throw CommandFailure("the answer of \(connection.server) is no JSON; is it a KOT server?")
        }
        return json
    }
}

extension RequestBody {
    /// As a value, or as the bytes of a file.
    fileprivate mutating func value(_ value: KOTValue) {
        switch value {
        case .json(let text): json("value", text)
        case .bytes(let bytes): base64("base64", bytes)
        }
    }
}

extension KOTOperation {
    /// As KOT writes it: `["SET","k",V]`.
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .set(let key, let value):
            writer.raw(#"["SET","#)
            writer.string(key)
            writer.raw(",")
            writer.buffer.writeBytes(value.json)
        case .get(let key):
            writer.raw(#"["GET","#)
            writer.string(key)
        case .delete(let key):
            writer.raw(#"["DELETE","#)
            writer.string(key)
        }
        writer.raw("]")
    }
}
