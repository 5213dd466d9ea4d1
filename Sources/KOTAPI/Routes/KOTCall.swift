import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

/// One request that may be answered.
struct KOTCall: Sendable {
    private let work: KOTWork
    private let form: KOTForm
    private let options: KOTOptions
    private let databases: KOTDatabases

    init(_ work: KOTWork, form: KOTForm, options: KOTOptions, _ databases: KOTDatabases) {
        self.work = work
        self.form = form
        self.options = options
        self.databases = databases
    }

    /// The texts are KOT's own (KOT reference, "API").
    func answer() async throws -> Response {
        switch work {
        case .set(let database, let key, let value, let storage):
            try await databases.set(database, key, to: value, storage)
            return Answers.text("Data set successfully")
        case .bulkSet(let database, let pairs, let storage):
            try await databases.bulkSet(database, pairs, storage)
            return Answers.text("Data set successfully")
        case .delete(let database, let key):
            try await databases.delete(database, key)
            return Answers.text("Data deleted successfully")
        case .bulkDelete(let database, let keys):
            try await databases.bulkDelete(database, keys)
            return Answers.text("Data deleted successfully")
        case .deleteAll(let database):
            try await databases.pop(database)
            return Answers.text("Data deleted successfully")
        case .log(let level, let message, let database):
            try await databases.log(message, at: level, in: database)
            let name = level.rawValue
            return Answers.text("\(name.prefix(1).uppercased() + name.dropFirst()) message logged successfully")
        case .informations:
            return Answers.jsonLine(options.informations)
        case .pop, .popAll, .rename, .deleteDatabase, .deleteAllDatabases, .restore:
            return Answers.text(try await changeDatabases())
        default:
            return try await read()
        }
    }

    private func read() async throws -> Response {
        switch work {
        case .get(let database, let key, let encryptionKey):
            return try await databases.reading(database, key, encryptionKey) { Answers.value($0 ?? .null, in: form) }
        case .getAll(let database, let encryptionKey), .execute(.getAll(let database, let encryptionKey), _):
            return try await databases.streamAll(of: database, encryptionKey: encryptionKey, in: form)
        case .bulkGet(let database, let keys, let encryptionKey):
            let pairs = try await databases.bulkGet(database, keys, encryptionKey: encryptionKey)
            var writer = KOTEntryWriter(form)
            for (key, value) in pairs { writer.append(key, value) }
            writer.end()
            return Answers.entries(writer, in: form)
        case .transaction(let database, let operations, let storage):
            let results = try await databases.transaction(database, operations, storage)
            var json = JSONWriter()
            json.raw("[")
            for (index, result) in results.enumerated() {
                if index > 0 { json.raw(",") }
                json.value(result ?? .null)
            }
            json.raw("]")
            return Answers.jsonLine(json.buffer)
        case .size(let database, let key):
            return Answers.jsonLine(
                ByteBuffer(string: try await databases.size(database, key).map(String.init) ?? "null"))
        case .count(let database):
            return Answers.jsonLine(ByteBuffer(string: String(try await databases.count(database))))
        case .sizeAll(let database):
            return Answers.jsonLine(ByteBuffer(string: String(try await databases.sizeAll(database))))
        case .databaseList, .execute(.databaseList, _):
            return try await databases.streamList()
        case .backup(let database):
            return try await databases.streamBackup(of: database)
        case .execute(let query, let value):
            return Answers.jsonLine(ByteBuffer(bytes: try await databases.run(query, value)))
        default:
            throw APIError.notFound("there is nothing at this path")
        }
    }

    private func changeDatabases() async throws -> String {
        switch work {
        case .pop(let database):
            try await databases.pop(database)
            return "Database popped successfully"
        case .popAll:
            try await databases.popAll()
            return "All database popped successfully"
        case .rename(let database, let newName, let force):
            try await databases.rename(database, to: newName, force: force)
            return "Database renamed successfully"
        case .deleteDatabase(let database):
            try await databases.deleteDatabase(database)
            return "Database deleted successfully"
        case .restore(let database, let records, let sealing):
            try await databases.restore(database, records, sealing: sealing)
            return "Database restored successfully"
        case .deleteAllDatabases:
            try await databases.deleteAllDatabases()
            return "All database deleted successfully"
        default:
            throw APIError.notFound("there is nothing at this path")
        }
    }
}

extension KOTOptions {
    /// The limits, by KOT's own names.
    fileprivate var informations: ByteBuffer {
        let numbers: [(StaticString, Int?)] = [
            ("database_name_lenght", limits.databaseNameSize), ("key_lenght", limits.keySize),
            ("maximum_database_amount", limits.databases),
            ("maximum_database_amount_user", limits.databasesOfClient), ("maximum_key_amount", limits.keys),
            ("maximum_key_amount_user", limits.keysOfClient), ("value_lenght", limits.valueSize),
        ]
        var json = JSONWriter()
        json.raw("{")
        for (name, number) in numbers {
            json.raw("\"")
            json.raw(name)
            json.raw("\":")
            if let number { json.integer(Int64(number)) } else { json.raw("null") }
            json.raw(",")
        }
        json.raw(#""rate_limit":"#)
        json.strings(rateLimits.map(\.text))
        json.raw(#","restricted":"#)
        json.strings(restricted.routes.map(\.name).sorted())
        json.raw("}")
        return json.buffer
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ texts: [String]) {
        raw("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { raw(",") }
            string(text)
        }
        raw("]")
    }
}

extension Answers {
    private static let fileHeaders = prepared("application/octet-stream", [("Content-Disposition", "attachment")])

    /// A JSON text and the end of its line.
    static func jsonLine(_ text: ByteBuffer) -> Response {
        var buffer = text
        buffer.writeInteger(UInt8(ascii: "\n"))
        return json(buffer)
    }

    static func value(_ value: KOTValue, in form: KOTForm) -> Response {
        if case .bytes(let bytes) = value, form == .bytes {
            return Response(
                status: .ok, headers: ResponseHeaders(prepared: fileHeaders), body: .bytes(ByteBuffer(bytes: bytes)))
        }
        var json = JSONWriter()
        json.value(value)
        return jsonLine(json.buffer)
    }
}
