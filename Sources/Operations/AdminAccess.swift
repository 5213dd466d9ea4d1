import HTTPAPI
import HTTPServer
import Synchronization

/// Who may ask for what is only for administrators. Safe to use from any thread.
///
/// With an admin token: whoever shows it. Without one: whoever asks from the machine itself or a private network, and not by
/// way of a proxy, behind which anyone may be, or from a page in a browser.
public final class AdminAccess: Sendable {
    private let token: AdminToken?
    /// Of the wrong tokens that an address shows. The right one is let in at any time: behind a proxy many have one address, and a
    /// token is too long to be guessed.
    private let wrongTokens = RateLimit(count: 10, window: .seconds(60)).map { RateLimiter($0) }
    private let wrongCount = Atomic<UInt64>(0)

    /// - Parameter token: nil where none was set.
    public init(_ token: AdminToken?) {
        self.token = token
    }

    /// How many requests showed a wrong token.
    public var wrongTokenCount: UInt64 { wrongCount.load(ordering: .relaxed) }

    /// - Throws: 401 without the token, 429 for a wrong one after too many; 403 from elsewhere where there is none.
    func require(_ request: Request) throws(APIError) {
        guard let token else { return try requireNearness(request) }
        // Without a credential nothing was guessed.
        guard request.headerCount(.authorization) > 0 else { throw .adminTokenMissing }
        guard !token.isShown(by: request) else { return }
        wrongCount.wrappingAdd(1, ordering: .relaxed)
        if let address = request.remoteAddress, let outcome = wrongTokens?.check(address), !outcome.allowed {
            throw .tooManyWrongTokens(retryAfter: outcome.resetSeconds)
        }
        throw .adminTokenWrong
    }

    /// As `require`, for what tells secrets, so that it is for nobody where there is no token.
    func requireToken(_ request: Request) throws(APIError) {
        guard token != nil else {
            throw .forbidden(
                "this is only for administrators, and the server knows none; start it with --admin-token or KVICK_ADMIN_TOKEN"
            )
        }
        try require(request)
    }

    private func requireNearness(_ request: Request) throws(APIError) {
        // A page of anybody's, open in a browser that is near.
        guard request.headerCount(.origin) == 0 else {
            throw .forbidden(
                "without an admin token this is not for pages in a browser; start the server with --admin-token")
        }
        let isForwarded = request.headerCount(.xForwardedFor) > 0 || request.headerCount(.forwarded) > 0
        guard !isForwarded, request.remoteAddress?.isLocal ?? true else {
            throw .forbidden(
                """
                without an admin token this is only for the server's own machine and private networks, and not through a proxy; \
                start the server with --admin-token
                """)
        }
    }
}

extension APIError {
    fileprivate static let adminTokenMissing = unauthorized(
        "this needs the server's admin token, as Authorization: Bearer TOKEN")
    fileprivate static let adminTokenWrong = unauthorized("this is not the server's admin token")

    private static func unauthorized(_ message: String) -> APIError {
        APIError(status: .unauthorized, message: message, fields: [("WWW-Authenticate", "Bearer")])
    }

    fileprivate static func tooManyWrongTokens(retryAfter seconds: Int) -> APIError {
        APIError(
            status: .tooManyRequests,
            message: "too many wrong admin tokens from this address; try again in \(seconds) seconds",
            fields: [("Retry-After", String(seconds))])
    }
}

extension HeaderName {
    /// RFC 7239.
    fileprivate static let forwarded = HeaderName("forwarded")
    /// RFC 6454 §7.
    fileprivate static let origin = HeaderName("origin")
}
