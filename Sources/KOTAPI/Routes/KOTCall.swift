import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

/// One request that may be answered: what it asks for, and of which databases.
struct KOTCall<Engine: StorageEngine>: Sendable {
    let parameters: KOTParameters
    let form: KOTForm
    let options: KOTOptions
    let databases: KOTDatabases<Engine>
    let route: KOTRoute

    init(
        _ route: KOTRoute, _ parameters: KOTParameters, form: KOTForm, options: KOTOptions,
        _ databases: KOTDatabases<Engine>
    ) {
        self.route = route
        self.parameters = parameters
        self.form = form
        self.options = options
        self.databases = databases
    }

    func answer() async throws -> Response {
        switch route {
        case .set, .get, .delete, .size, .getAll, .getCount, .sizeAll, .deleteAll: try await answerKeys()
        case .bulkSet, .bulkGet, .bulkDelete, .transaction: try await answerBulk()
        case .debug, .info, .warning, .error, .exception: try await log()
        case .execute: try await execute()
        case .databaseList, .databasePop, .databasePopAll, .databaseRename, .databaseDelete, .databaseDeleteAll,
            .databaseBackup, .databaseRestore:
            try await answerDatabases()
        case .informations: informations()
        }
    }

    func database() throws(APIError) -> String { try parameters.requiredText("database_name") }
    func key() throws(APIError) -> String { try parameters.requiredText("key") }
    func encryptionKey() throws(APIError) -> String? { try parameters.text("encryption_key").nonEmpty }

    private func answerKeys() async throws -> Response {
        let database = try database()
        switch route {
        case .set:
            let key = try key()
            guard let value = try parameters.value() else { throw KOTParameters.missing("value") }
            try checkCachePolicy()
            try await databases.set(database, key, to: value, try parameters.storage())
            return Answers.text("Data set successfully")
        case .get:
            return Answers.value(
                try await databases.get(database, try key(), encryptionKey: try encryptionKey()) ?? .null, in: form)
        case .getAll:
            return try await databases.streamAll(of: database, encryptionKey: try encryptionKey(), in: form)
        case .size:
            let size = try await databases.size(database, try key())
            return Answers.json((size.map(String.init) ?? "null") + "\n")
        case .getCount:
            return Answers.json("\(try await databases.count(database))\n")
        case .sizeAll:
            return Answers.json("\(try await databases.sizeAll(database))\n")
        case .deleteAll:
            try await databases.pop(database)
            return Answers.text("Data deleted successfully")
        default:
            try await databases.delete(database, try key())
            return Answers.text("Data deleted successfully")
        }
    }

    /// Reads are always current, so that the time for which a client may keep a value says nothing here.
    private func checkCachePolicy() throws(APIError) {
        guard let text = try parameters.text("cache_policy").nonEmpty else { return }
        guard let seconds = Double(text), seconds >= 0 else {
            throw .badRequest("cache_policy must be a number of seconds, 0 or more")
        }
    }

    private func log() async throws -> Response {
        guard let level = route.logLevel else { throw APIError.notFound("there is no such log") }
        let message = try parameters.requiredText("message")
        try await databases.log(message, at: level, in: try parameters.text("database_name").nonEmpty)
        return Answers.text("\(level.rawValue.capitalizedFirst) message logged successfully")
    }

    private func execute() async throws -> Response {
        let (text, value) = (try parameters.requiredText("query"), try parameters.value())
        // What is restricted by its own path is not to be had by this one.
        let query = try KOTQuery(text, hasValue: value != nil)
        guard !options.restricted.routes.contains(query.route) else {
            throw APIError.limit("Access to this URL is restricted.", "You do not have the necessary permissions")
        }
        return Answers.jsonLine(try await databases.execute(text, value: value))
    }
}

extension KOTQuery {
    /// The route that does the same.
    fileprivate var route: KOTRoute {
        switch self {
        case .set: .set
        case .get: .get
        case .delete: .delete
        case .getAll: .getAll
        case .databaseList: .databaseList
        case .databasePop: .databasePop
        case .databasePopAll: .databasePopAll
        case .databaseDelete: .databaseDelete
        case .databaseDeleteAll: .databaseDeleteAll
        case .databaseRename: .databaseRename
        }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Answers {
    private static let fileHeaders = prepared("application/octet-stream", [("Content-Disposition", "attachment")])

    /// A JSON text and the end of its line.
    static func jsonLine(_ text: [UInt8]) -> Response {
        var buffer = ByteBuffer(bytes: text)
        buffer.writeInteger(UInt8(ascii: "\n"))
        return json(buffer)
    }

    static func value(_ value: KOTValue, in form: KOTForm) -> Response {
        guard case .bytes(let bytes) = value, form == .bytes else { return jsonLine(value.json) }
        return Response(
            status: .ok, headers: ResponseHeaders(prepared: fileHeaders), body: .bytes(ByteBuffer(bytes: bytes)))
    }
}
