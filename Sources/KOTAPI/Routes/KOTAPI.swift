import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

/// Serves databases as the KOT reference says.
///
/// The event loop only looks at paths and passwords; all else is done by a task for each request.
public struct KOTAPI<Engine: StorageEngine>: RequestHandler {
    let databases: KOTDatabases<Engine>
    let options: KOTOptions
    private let access: KOTAccess
    private let failedAttempts = FailedAttempts()

    public init(_ databases: KOTDatabases<Engine>, options: KOTOptions) {
        self.databases = databases
        self.options = options
        access = KOTAccess(options.credentials)
    }

    /// Whether the path is one of this API's.
    public static func serves(_ request: Request) -> Bool {
        request.withPathBytes { KOTRoute(path: $0) } != nil
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        guard let route = request.withPathBytes({ KOTRoute(path: $0) }) else {
            return .ready(
                Answers.error(.notFound("there is nothing at this path; KOT's are as /controller/get"), to: request))
        }
        let methods = route.methods.map(\.name).joined(separator: ", ")
        guard request.method != .options else { return .ready(Answers.preflight(allowing: methods + ", OPTIONS")) }
        guard !failedAttempts.isBlocked(request.remoteAddress) else {
            return .ready(Answers.error(.tooManyFailures, to: request))
        }
        guard access.isGranted(request) else {
            // Without a credential nothing was guessed; a browser asks so to be told what to send.
            let isGuess = request.headerCount(.authorization) > 0
            let response = Answers.error(access.refused(request), to: request)
            let promise = eventLoop.makePromise(of: Response.self)
            failedAttempts.answer(response, to: isGuess ? request.remoteAddress : nil, promise)
            return .pending(promise.futureResult)
        }
        guard route.methods.contains(request.method) else {
            return .ready(Answers.error(.methodNotAllowed(methods), to: request))
        }
        guard !request.isForgeable else { return .ready(Answers.error(.forgeable, to: request)) }
        let promise = eventLoop.makePromise(of: Response.self)
        promise.completeWithTask { await answer(route, request) }
        return .pending(promise.futureResult)
    }

    public func bodySizeLimit(for request: Request) -> Int {
        guard let route = request.withPathBytes({ KOTRoute(path: $0) }), access.isGranted(request) else {
            return Self.smallBodySize
        }
        // A form may need three bytes for one.
        let value = 3 * (options.limits.valueSize + options.limits.keySize) + Self.smallBodySize
        switch route.bodySize {
        case .small: return Self.smallBodySize
        case .value: return value
        case .bulk: return max(value, 32 << 20)
        }
    }

    private static var smallBodySize: Int { 64 << 10 }

    public func responseToOversizedBody(of request: Request, size: Int?, limit: Int) -> Response {
        guard access.isGranted(request) else { return Answers.error(access.refused(request), to: request) }
        return Answers.error(
            .limit(
                "Value lenght is restricted.\nYou do not have the true value lenght",
                "A body may have at most \(limit) bytes here"), to: request)
    }

    private func answer(_ route: KOTRoute, _ request: Request) async -> Response {
        do {
            guard !options.restricted.routes.contains(route) else { throw APIError.restricted }
            let parameters = try await parameters(of: request)
            let client = request.remoteAddress?.rateLimitKey.description
            let call = KOTCall(
                route, parameters, form: KOTForm(request), options: options,
                databases.on(behalfOf: client, isGone: { request.isAbandoned }))
            return try await call.answer()
        } catch {
            return Answers.error(databases.failure(error), to: request)
        }
    }

    /// Reads a large body where that holds up nobody.
    private func parameters(of request: Request) async throws -> KOTParameters {
        guard request.body.readableBytes > KOTDatabases<Engine>.maxSizeInPlace else {
            return try KOTParameters(request)
        }
        return try await databases.blocking { try KOTParameters(request) }
    }
}

extension Request {
    /// Whether a page of another site could have made the browser send it, with the password that the browser keeps, and
    /// without asking first (Fetch Metadata; Fetch standard, "CORS-preflight fetch").
    fileprivate var isForgeable: Bool {
        guard header(HeaderName("sec-fetch-site")) == "cross-site" else { return false }
        return header(HeaderName("sec-fetch-mode")) != "cors"
    }
}

extension APIError {
    fileprivate static let restricted = limit(
        "Access to this URL is restricted.", "You do not have the necessary permissions")
    fileprivate static let forgeable = forbidden(
        "a page of another site may not send this; use fetch, or send it yourself")
    fileprivate static let tooManyFailures = APIError(
        status: .tooManyRequests, message: "too many wrong passwords from this address; try again in 5 seconds",
        fields: [("Retry-After", "5")])
}
