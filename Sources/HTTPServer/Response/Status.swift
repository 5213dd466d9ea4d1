/// A status code and its reason phrase (RFC 9110 §15).
public struct Status: Hashable, Sendable {
    /// Three digits, 100 to 999.
    public let code: Int
    public let reason: String

    /// A code outside of 100...999 counts as 500.
    public init(code: Int, reason: String) {
        self.code = (100...999).contains(code) ? code : 500
        self.reason = reason
    }

    /// With the reason phrase that the code usually has; none for a code that has no name here.
    public init(code: Int) {
        self.init(code: code, reason: Self.named.first { $0.code == code }?.reason ?? "")
    }

    public static let ok = Status(code: 200, reason: "OK")
    public static let notModified = Status(code: 304, reason: "Not Modified")
    public static let badRequest = Status(code: 400, reason: "Bad Request")
    public static let unauthorized = Status(code: 401, reason: "Unauthorized")
    public static let forbidden = Status(code: 403, reason: "Forbidden")
    public static let notFound = Status(code: 404, reason: "Not Found")
    public static let methodNotAllowed = Status(code: 405, reason: "Method Not Allowed")
    public static let notAcceptable = Status(code: 406, reason: "Not Acceptable")
    public static let requestTimeout = Status(code: 408, reason: "Request Timeout")
    public static let conflict = Status(code: 409, reason: "Conflict")
    public static let gone = Status(code: 410, reason: "Gone")
    public static let preconditionFailed = Status(code: 412, reason: "Precondition Failed")
    public static let expectationFailed = Status(code: 417, reason: "Expectation Failed")
    public static let tooManyRequests = Status(code: 429, reason: "Too Many Requests")
    public static let requestHeaderFieldsTooLarge = Status(code: 431, reason: "Request Header Fields Too Large")
    public static let internalServerError = Status(code: 500, reason: "Internal Server Error")
    public static let notImplemented = Status(code: 501, reason: "Not Implemented")
    public static let serviceUnavailable = Status(code: 503, reason: "Service Unavailable")
    public static let httpVersionNotSupported = Status(code: 505, reason: "HTTP Version Not Supported")

    /// Those of RFC 9110 §15 and RFC 6585 that an application may want.
    private static let named: [Status] =
        [
            ok, notModified, badRequest, unauthorized, forbidden, notFound, methodNotAllowed, notAcceptable,
            requestTimeout, conflict, gone, preconditionFailed, expectationFailed, tooManyRequests,
            requestHeaderFieldsTooLarge, internalServerError, notImplemented, serviceUnavailable,
            httpVersionNotSupported,
        ]
        + [
            (201, "Created"), (202, "Accepted"), (203, "Non-Authoritative Information"), (204, "No Content"),
            (205, "Reset Content"), (206, "Partial Content"), (300, "Multiple Choices"), (301, "Moved Permanently"),
            (302, "Found"), (303, "See Other"), (307, "Temporary Redirect"), (308, "Permanent Redirect"),
            (402, "Payment Required"), (413, "Content Too Large"), (415, "Unsupported Media Type"),
            (418, "I'm a teapot"), (422, "Unprocessable Content"), (428, "Precondition Required"),
            (502, "Bad Gateway"), (504, "Gateway Timeout"),
        ].map { Status(code: $0.0, reason: $0.1) }

    /// The codes that have a name here, in ascending order.
    static var knownCodes: [Int] { named.map(\.code).sorted() }
}

extension Status {
    /// Whether an answer of this status has no body and no Content-Length (RFC 9112 §6.3, RFC 9110 §8.6).
    public var hasNoBody: Bool { code < 200 || code == 204 || code == 304 }
}
