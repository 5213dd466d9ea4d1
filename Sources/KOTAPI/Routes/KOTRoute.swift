import HTTPServer

/// What KOT's API answers to, by path (KOT reference, "API").
enum KOTRoute: String, CaseIterable, Sendable {
    case set = "/controller/set"
    case get = "/controller/get"
    case getAll = "/controller/get_all"
    case delete = "/controller/delete"
    case deleteAll = "/controller/delete_all"
    case getCount = "/controller/get_count"
    case size = "/controller/size"
    case sizeAll = "/controller/size_all"
    case bulkSet = "/controller/bulk_set"
    case bulkGet = "/controller/bulk_get"
    case bulkDelete = "/controller/bulk_delete"
    case transaction = "/controller/transaction"
    case debug = "/controller/debug"
    case info = "/controller/info"
    case warning = "/controller/warning"
    case error = "/controller/error"
    case exception = "/controller/exception"
    case execute = "/execute"
    case databaseList = "/database/list"
    case databasePop = "/database/pop"
    case databasePopAll = "/database/pop_all"
    case databaseRename = "/database/rename"
    case databaseDelete = "/database/delete"
    case databaseDeleteAll = "/database/delete_all"
    case databaseBackup = "/database/backup"
    case databaseRestore = "/database/restore"
    case informations = "/informations"

    /// By the length of their paths.
    private static let byPathSize: [[KOTRoute]] = {
        let sizeMax = allCases.map(\.rawValue.utf8.count).max() ?? 0
        return (0...sizeMax).map { size in allCases.filter { $0.rawValue.utf8.count == size } }
    }()

    /// Nil where the path is none of KOT's.
    init?(path: UnsafeRawBufferPointer) {
        // Asked of every request of a server that has buckets, too, so without an allocation.
        guard path.count < Self.byPathSize.count,
            let route = Self.byPathSize[path.count].first(where: { $0.rawValue.utf8.elementsEqual(path) })
        else { return nil }
        self = route
    }

    /// The name by which the route may be restricted: that of KOT's own function, as `set`, `database_list`.
    var name: String {
        let words = rawValue.split(separator: "/")
        return words.drop { $0 == "controller" }.joined(separator: "_")
    }

    /// - Returns: nil where no route has that name.
    init?(name: String) {
        // KOT calls this one so, too.
        let name = name == "_informations" ? "informations" : name
        guard let route = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = route
    }

    var methods: [Method] {
        switch self {
        case .databaseList, .informations: [.get]
        case .databasePopAll, .databaseDeleteAll: [.get, .post]
        default: [.post]
        }
    }

    /// Whether a request may bring one value, or many.
    var bodySize: BodySize {
        switch self {
        case .set, .execute, .debug, .info, .warning, .error, .exception: .value
        case .bulkSet, .bulkGet, .bulkDelete, .transaction, .databaseRestore: .bulk
        default: .small
        }
    }

    enum BodySize {
        case small, value, bulk
    }

    /// Nil where it is no log.
    var logLevel: KOTLogLevel? { KOTLogLevel(rawValue: name) }
}
