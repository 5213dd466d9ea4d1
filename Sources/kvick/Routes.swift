import Console
import HTTPServer
import KOTAPI
import KVdbAPI
import NIOCore
import RocksDBEngine

/// Hands each request to the page or the API that it is for. KOT's paths go before those of buckets that are named like
/// them.
///
/// No limit counts requests of pages: they need nothing but memory, and a page is where one reads to be past a limit.
enum Routes: RequestHandler {
    case buckets(RateLimited)
    case databases(RateLimited)
    case databasesWithPage(RateLimited)
    case both(RateLimited, RateLimited)

    func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        switch self {
        case .buckets where Page.scripts.serves(request), .both where Page.scripts.serves(request):
            Page.scripts.handle(request, on: eventLoop)
        case .databasesWithPage where Page.databases.serves(request):
            Page.databases.handle(request, on: eventLoop)
        case .both(_, let databases) where KOTAPI.serves(request), .databases(let databases),
            .databasesWithPage(let databases):
            databases.handle(request, on: eventLoop)
        case .buckets(let buckets), .both(let buckets, _):
            buckets.handle(request, on: eventLoop)
        }
    }

    func bodySizeLimit(for request: Request) -> Int {
        switch self {
        case .buckets where Page.scripts.serves(request), .both where Page.scripts.serves(request):
            Page.scripts.bodySizeLimit(for: request)
        case .databasesWithPage where Page.databases.serves(request):
            Page.databases.bodySizeLimit(for: request)
        case .both(_, let databases) where KOTAPI.serves(request), .databases(let databases),
            .databasesWithPage(let databases):
            databases.bodySizeLimit(for: request)
        case .buckets(let buckets), .both(let buckets, _):
            buckets.bodySizeLimit(for: request)
        }
    }

    func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        switch self {
        case .buckets where Page.scripts.serves(request), .both where Page.scripts.serves(request):
            Page.scripts.refuseBody(of: request, size: size, limit: limit, on: eventLoop)
        case .databasesWithPage where Page.databases.serves(request):
            Page.databases.refuseBody(of: request, size: size, limit: limit, on: eventLoop)
        case .both(_, let databases) where KOTAPI.serves(request), .databases(let databases),
            .databasesWithPage(let databases):
            databases.refuseBody(of: request, size: size, limit: limit, on: eventLoop)
        case .buckets(let buckets), .both(let buckets, _):
            buckets.refuseBody(of: request, size: size, limit: limit, on: eventLoop)
        }
    }

    func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response {
        switch self {
        case .buckets(let buckets), .both(let buckets, _):
            buckets.response(to: failure, from: address)
        case .databases(let databases), .databasesWithPage(let databases):
            databases.response(to: failure, from: address)
        }
    }
}
