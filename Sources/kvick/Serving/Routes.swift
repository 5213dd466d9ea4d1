import Console
import HTTPServer
import KOTAPI
import KVdbAPI
import NIOCore
import Operations
import RocksDBEngine

/// Hands each request to the page or the API that it is for. Paths of the operation go before all others, KOT's before those of
/// buckets that are named like them.
///
/// No limit counts requests of pages and of the operation: they need nothing but memory, a page is where one reads to be past a
/// limit, and a supervisor asks for the health as often as it likes.
struct Routes: RequestHandler {
    /// What is served beside the operation.
    enum Services {
        case buckets(RateLimited)
        case databases(RateLimited)
        case databasesWithPage(RateLimited)
        case both(RateLimited, RateLimited)
    }

    let operations: OperationsAPI
    let services: Services

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
        switch services {
        case .buckets(let buckets), .both(let buckets, _):
            buckets.response(to: failure, from: address)
        case .databases(let databases), .databasesWithPage(let databases):
            databases.response(to: failure, from: address)
        }
    }

    private func handler(for request: Request) -> any RequestHandler {
        if OperationsAPI.serves(request) { return operations }
        switch services {
        case .buckets where Page.scripts.serves(request), .both where Page.scripts.serves(request):
            return Page.scripts
        case .databasesWithPage where Page.databases.serves(request):
            return Page.databases
        case .both(_, let databases) where KOTAPI.serves(request), .databases(let databases),
            .databasesWithPage(let databases):
            return databases
        case .buckets(let buckets), .both(let buckets, _):
            return buckets
        }
    }
}
