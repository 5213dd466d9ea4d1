import FoundationEssentials
import HTTPAPI
import KeyValueStore

/// What a request asks for, with all that its body says read and found to be allowed.
enum KOTWork: Sendable {
    case set(database: String, key: String, KOTValue, KOTStorage)
    case get(database: String, key: String, encryptionKey: String?)
    case getAll(database: String, encryptionKey: String?)
    case delete(database: String, key: String)
    case deleteAll(database: String)
    case count(database: String)
    case size(database: String, key: String)
    case sizeAll(database: String)
    case bulkSet(database: String, [(key: String, value: KOTValue)], KOTStorage)
    case bulkGet(database: String, [String], encryptionKey: String?)
    case bulkDelete(database: String, [String])
    case transaction(database: String, [KOTOperation], KOTStorage)
    case log(KOTLogLevel, message: String, database: String?)
    case execute(KOTQuery, KOTValue?)
    case databaseList
    case pop(database: String)
    case popAll
    case rename(database: String, to: String, force: Bool)
    case deleteDatabase(String)
    case deleteAllDatabases
    case backup(database: String)
    case restore(database: String, [KOTBackupRecord], KOTSealing?)
    case informations

    /// - Throws: `badRequest`, and `forbidden` for what nobody may do.
    init(_ route: KOTRoute, _ parameters: KOTParameters, restricted: KOTRestriction) throws(APIError) {
        try restricted.check([route])
        self = try Self.read(route, parameters)
        try restricted.check(routes)
    }

    private static func read(_ route: KOTRoute, _ parameters: KOTParameters) throws(APIError) -> KOTWork {
        let database = { () throws(APIError) in try parameters.requiredText("database_name") }
        let key = { () throws(APIError) in try parameters.requiredText("key") }
        let encryptionKey = { () throws(APIError) in try parameters.text("encryption_key").unlessNone }
        switch route {
        case .set:
            let (database, key) = (try database(), try key())
            guard let value = try parameters.value() else { throw KOTParameters.missing("value") }
            try parameters.checkCachePolicy()
            return .set(database: database, key: key, value, try parameters.storage())
        case .get: return .get(database: try database(), key: try key(), encryptionKey: try encryptionKey())
        case .getAll: return .getAll(database: try database(), encryptionKey: try encryptionKey())
        case .delete: return .delete(database: try database(), key: try key())
        case .deleteAll: return .deleteAll(database: try database())
        case .getCount: return .count(database: try database())
        case .size: return .size(database: try database(), key: try key())
        case .sizeAll: return .sizeAll(database: try database())
        case .bulkSet: return .bulkSet(database: try database(), try parameters.pairs(), try parameters.storage())
        case .bulkGet:
            return .bulkGet(database: try database(), try parameters.keys(), encryptionKey: try encryptionKey())
        case .bulkDelete: return .bulkDelete(database: try database(), try parameters.keys())
        case .transaction:
            return .transaction(database: try database(), try parameters.operations(), try parameters.storage())
        case .debug, .info, .warning, .error, .exception:
            let message = try parameters.requiredText("message")
            return .log(
                route.logLevel ?? .info, message: message, database: try parameters.text("database_name").unlessNone)
        case .execute:
            let (query, value) = (try parameters.requiredText("query"), try parameters.value())
            return .execute(try KOTQuery(query, hasValue: value != nil), value)
        case .databaseList: return .databaseList
        case .databasePop: return .pop(database: try database())
        case .databasePopAll: return .popAll
        case .databaseRename:
            let newName = try parameters.requiredText("new_database_name")
            return .rename(database: try database(), to: newName, force: try parameters.flag("force"))
        case .databaseDelete: return .deleteDatabase(try database())
        case .databaseDeleteAll: return .deleteAllDatabases
        case .databaseBackup: return .backup(database: try database())
        case .databaseRestore:
            return .restore(database: try database(), try parameters.records(), try parameters.sealing())
        case .informations: return .informations
        }
    }

    /// KOT's own routes that do what this does beyond its own, so that it can't be had in another way where they are restricted.
    private var routes: Set<KOTRoute> {
        switch self {
        case .bulkSet, .restore: [.set]
        case .bulkGet: [.get]
        case .bulkDelete: [.delete]
        case .backup: [.getAll]
        case .deleteAll: [.databasePop]
        case .transaction(_, let operations, _): Set(operations.map(\.route))
        case .log(_, _, let database): database == nil ? [] : [.set]
        case .execute(let query, _): [query.route]
        case .rename(_, _, let force): force ? [.databaseDelete] : []
        default: []
        }
    }
}

extension KOTRestriction {
    fileprivate func check(_ routes: Set<KOTRoute>) throws(APIError) {
        guard self.routes.isDisjoint(with: routes) else { throw .restricted }
    }
}

extension KOTOperation {
    fileprivate var route: KOTRoute {
        switch self {
        case .set: .set
        case .get: .get
        case .delete: .delete
        }
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
