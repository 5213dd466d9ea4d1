/// A request method, which is case-sensitive (RFC 9110 §9.1).
public enum Method: Hashable, Sendable {
    case get
    case head
    case post
    case put
    case patch
    case delete
    case options
    /// A valid token that this server has no name for.
    case other(String)

    /// The method as it is written in a request line.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }
}

extension Method {
    /// Whether a request changes nothing, as the method says (RFC 9110 §9.2.1).
    var isSafe: Bool {
        switch self {
        case .get, .head, .options: true
        case .post, .put, .patch, .delete, .other: false
        }
    }

    /// The method that a token names.
    init(token: Span<UInt8>) {
        switch token.count {
        case 3 where token.hasBytes("GET"): self = .get
        case 3 where token.hasBytes("PUT"): self = .put
        case 4 where token.hasBytes("POST"): self = .post
        case 4 where token.hasBytes("HEAD"): self = .head
        case 5 where token.hasBytes("PATCH"): self = .patch
        case 6 where token.hasBytes("DELETE"): self = .delete
        case 7 where token.hasBytes("OPTIONS"): self = .options
        default: self = .other(token.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
        }
    }
}
