import Console
import HTTPServer
import KOTAPI
import KVdbAPI
import Operations

/// Tells what a request is for, of a server that serves buckets, databases or both. Paths of the operation go before all others,
/// KOT's before those of buckets that are named like them.
final class RequestKinds: RequestClassifier {
    /// What is served beside the operation.
    enum Services {
        case buckets
        case databases
        case databasesWithPage
        case both
    }

    /// Who answers a request.
    enum Service {
        case operations
        case scriptsPage
        case databasesPage
        case databases
        case buckets
    }

    private let services: Services

    init(services: Services) {
        self.services = services
    }

    /// Who answers a request, as its kind tells.
    func service(for request: Request) -> Service {
        switch request.kind ?? kind(of: request) {
        case ..<Self.page: .buckets
        case Self.page: services == .databasesWithPage ? .databasesPage : .scriptsPage
        case ..<Self.firstOfDatabases: .operations
        default: .databases
        }
    }

    private func service(of request: Request) -> Service {
        if OperationsAPI.serves(request) { return .operations }
        switch services {
        case .buckets where Page.scripts.serves(request), .both where Page.scripts.serves(request):
            return .scriptsPage
        case .databasesWithPage where Page.databases.serves(request):
            return .databasesPage
        case .both where KOTAPI.serves(request), .databases, .databasesWithPage:
            return .databases
        case .buckets, .both:
            return .buckets
        }
    }

    let kinds = KVdbRequestKind.allCases.map(\.name) + ["page"] + OperationsAPI.requestKinds + KOTAPI.requestKinds

    private static let page = KVdbRequestKind.allCases.count
    private static let firstOfOperations = page + 1
    private static let firstOfDatabases = firstOfOperations + OperationsAPI.requestKinds.count

    func kind(of request: Request) -> Int {
        switch service(of: request) {
        case .buckets: KVdbRequestKind(request).rawValue
        case .scriptsPage, .databasesPage: Self.page
        case .operations: Self.firstOfOperations + OperationsAPI.requestKind(of: request)
        case .databases: Self.firstOfDatabases + KOTAPI.requestKind(of: request)
        }
    }
}
