import HTTPServer
import KOTAPI
import KVdbAPI
import NIOCore
import RocksDBEngine

/// Hands each request to the API that it is for. KOT's paths go before those of buckets that are named like them.
enum Routes: RequestHandler {
    typealias Buckets = RateLimited<KVdbAPI<RocksDBEngine>>
    typealias Databases = RateLimited<KOTAPI<RocksDBEngine>>

    case buckets(Buckets)
    case databases(Databases)
    case both(Buckets, Databases)

    func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        switch self {
        case .both(_, let databases) where KOTAPI<RocksDBEngine>.serves(request), .databases(let databases):
            databases.handle(request, on: eventLoop)
        case .buckets(let buckets), .both(let buckets, _):
            buckets.handle(request, on: eventLoop)
        }
    }

    func bodySizeLimit(for request: Request) -> Int {
        switch self {
        case .both(_, let databases) where KOTAPI<RocksDBEngine>.serves(request), .databases(let databases):
            databases.bodySizeLimit(for: request)
        case .buckets(let buckets), .both(let buckets, _):
            buckets.bodySizeLimit(for: request)
        }
    }

    func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        switch self {
        case .both(_, let databases) where KOTAPI<RocksDBEngine>.serves(request), .databases(let databases):
            databases.refuseBody(of: request, size: size, limit: limit, on: eventLoop)
        case .buckets(let buckets), .both(let buckets, _):
            buckets.refuseBody(of: request, size: size, limit: limit, on: eventLoop)
        }
    }

    func response(to failure: ProtocolFailure, from address: ClientAddress?) -> Response {
        switch self {
        case .buckets(let buckets), .both(let buckets, _): buckets.response(to: failure, from: address)
        case .databases(let databases): databases.response(to: failure, from: address)
        }
    }
}
