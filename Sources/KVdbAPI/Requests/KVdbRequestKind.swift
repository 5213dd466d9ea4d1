import HTTPAPI
import HTTPServer

/// What a request to buckets is for, as far as its path and its method tell.
public enum KVdbRequestKind: Int, CaseIterable, Sendable {
    /// To make a bucket.
    case creation
    /// To change or delete one.
    case bucket
    case list
    case watch
    case transaction
    case key
    case tokens
    case scripts
    case script
    /// Anything else.
    case other

    public init(_ request: Request) {
        self = request.withPathBytes { path in
            switch Target(path: path) {
            case .root: .creation
            case .key: .key
            case .tokens: .tokens
            case .scripts: .scripts
            case .script: .script
            case .bucket:
                switch request.method {
                case .post: .transaction
                case .get, .head: request.asksToWatch ? .watch : .list
                default: .bucket
                }
            case .none: .other
            }
        }
    }

    public var name: String {
        switch self {
        case .creation: "buckets"
        default: "\(self)"
        }
    }
}

extension Request {
    fileprivate var asksToWatch: Bool { (try? query.flag("watch")) ?? false }
}
