import Console
import HTTPServer
import NIOCore
import Operations

/// Hands each request to the page or the API that it is for.
///
/// No limit counts requests of pages and of the operation: they need nothing but memory, a page is where one reads to be past a
/// limit, and a supervisor asks for the health as often as it likes.
final class Routes: RequestHandler {
    private let kinds: RequestKinds
    private let operations: OperationsAPI
    private let buckets: RateLimited
    private let databases: RateLimited

    /// - Parameters:
    ///   - buckets: where only one of the two is served, the other is never asked for, and may be the same.
    ///   - databases: likewise.
    init(kinds: RequestKinds, operations: OperationsAPI, buckets: RateLimited, databases: RateLimited) {
        self.kinds = kinds
        self.operations = operations
        self.buckets = buckets
        self.databases = databases
    }

    func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        handler(for: request).handle(request, on: eventLoop)
    }

    func bodySizeLimit(for request: Request) -> Int {
        handler(for: request).bodySizeLimit(for: request)
    }

    func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        handler(for: request).refuseBody(of: request, size: size, limit: limit, on: eventLoop)
    }

    func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response {
        buckets.response(to: failure, from: address)
    }

    private func handler(for request: Request) -> any RequestHandler {
        switch kinds.service(for: request) {
        case .operations: operations
        case .scriptsPage: Page.scripts
        case .databasesPage: Page.databases
        case .databases: databases
        case .buckets: buckets
        }
    }
}
