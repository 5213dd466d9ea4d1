import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore
import Storage

/// Serves databases as the KOT reference says.
///
/// The event loop only looks at paths and passwords; all else is done by a task for each request.
public struct KOTAPI: RequestHandler {
    let databases: KOTDatabases
    let options: KOTOptions
    private let access: KOTAccess
    private let failedAttempts = FailedAttempts()

    public init(_ databases: KOTDatabases, options: KOTOptions) {
        self.databases = databases
        self.options = options
        access = KOTAccess(options.credentials)
    }

    /// Whether the path is one of this API's.
    public static func serves(_ request: Request) -> Bool {
        request.withPathBytes { KOTRoute(path: $0) } != nil
    }

    /// How many requests showed a wrong password.
    public var wrongPasswordCount: UInt64 { failedAttempts.count }

    /// The names of what requests are for: `kot:` and that of KOT's own function.
    public static let requestKinds = KOTRoute.allCases.map { "kot:" + $0.name } + ["kot:other"]

    /// What a request is for, as an index into `requestKinds`.
    public static func requestKind(of request: Request) -> Int {
        let route = request.withPathBytes { KOTRoute(path: $0) }
        return route.flatMap { KOTRoute.allCases.firstIndex(of: $0) } ?? KOTRoute.allCases.count
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        admitting(request, on: eventLoop) { route in
            guard !request.isForgeable(changesByGet: route.methods.count > 1) else {
                return .ready(Answers.error(.forgeable, to: request))
            }
            let promise = eventLoop.makePromise(of: Response.self)
            promise.completeWithTask { await answer(route, request) }
            return .pending(promise.futureResult)
        }
    }

    public func bodySizeLimit(for request: Request) -> Int {
        guard !failedAttempts.isBlocked(request.remoteAddress), access.isGranted(request),
            let route = request.withPathBytes({ KOTRoute(path: $0) })
        else { return Self.smallBodySize }
        // A form may need three bytes for one.
        let value = 3 * (options.limits.valueSize + options.limits.keySize) + Self.smallBodySize
        switch route.bodySize {
        case .small: return Self.smallBodySize
        case .value: return value
        case .bulk: return max(value, 32 << 20)
        }
    }

    private static var smallBodySize: Int { 64 << 10 }

    public func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        admitting(request, on: eventLoop) { _ in
            .ready(
                Answers.error(
                    .limit(
                        "Value lenght is restricted.\nYou do not have the true value lenght",
                        "A body may have at most \(limit) bytes here"), to: request))
        }
    }

    /// Replies where the request has a path of this API, a method of that path and the password; a wrong one is answered late,
    /// whatever came with it.
    private func admitting(
        _ request: Request, on eventLoop: any EventLoop, _ reply: (KOTRoute) -> Reply
    ) -> Reply {
        guard let route = request.withPathBytes({ KOTRoute(path: $0) }) else {
            return .ready(
                Answers.error(.notFound("there is nothing at this path; KOT's are as /controller/get"), to: request))
        }
        guard request.method != .options else { return .ready(Answers.allowing(route.methods)) }
        guard route.methods.contains(request.method) else {
            let allowed = route.methods.map(\.name).joined(separator: ", ")
            return .ready(Answers.error(.methodNotAllowed(allowed), to: request))
        }
        guard !failedAttempts.isBlocked(request.remoteAddress) else {
            return .ready(Answers.error(.tooManyFailures, to: request))
        }
        guard access.isGranted(request) else {
            // Without a credential nothing was guessed; a browser asks so to be told what to send.
            let response = Answers.error(access.refused(request), to: request)
            guard request.headerCount(.authorization) > 0 else { return .ready(response) }
            let promise = eventLoop.makePromise(of: Response.self)
            failedAttempts.answer(response, to: request.remoteAddress, promise)
            return .pending(promise.futureResult)
        }
        return reply(route)
    }

    private func answer(_ route: KOTRoute, _ request: Request) async -> Response {
        // Whether it was abandoned is asked until the end, and its body is not to be held for that.
        let rest = request.withoutBody
        do {
            let client = request.remoteAddress?.rateLimitKey.description
            let databases = databases.on(behalfOf: client, isGone: { rest.isAbandoned })
            let work = try await databases.parsing(request.body.readableBytes) {
                try KOTWork(route, try KOTParameters(request), restricted: options.restricted)
            }
            return try await KOTCall(work, form: KOTForm(rest), options: options, databases).answer()
        } catch {
            return Answers.error(databases.failure(error), to: rest)
        }
    }
}

extension Request {
    /// Whether a page of another site may have made the browser send it, with the password that the browser keeps. KOT lets no
    /// page of another site in (Fetch Metadata §2; RFC 6454 §7).
    ///
    /// - Parameter changesByGet: whether a GET of it changes something, as an image's address could.
    fileprivate func isForgeable(changesByGet: Bool) -> Bool {
        let changesByAddress = changesByGet && method == .get
        if let site = header(HeaderName("sec-fetch-site")) {
            // A link in a letter is of no site, either.
            return site != "same-origin" && (site != "none" || changesByAddress)
        }
        // Browsers say less on connections that are not secure.
        if let origin = header(HeaderName("origin")) {
            let authority = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last
            return authority.map(String.init) != header(HeaderName("host"))
        }
        guard changesByAddress else { return false }
        return header(HeaderName("user-agent"))?.hasPrefix("Mozilla/") ?? false
    }
}

extension APIError {
    static let restricted = limit(
        "Access to this URL is restricted.", "You do not have the necessary permissions")
    fileprivate static let forgeable = forbidden(
        "a browser sent this for a page of another site, or does not say for which; use a page of this server, or a program"
    )
    fileprivate static let tooManyFailures = APIError(
        status: .tooManyRequests, message: "too many wrong passwords from this address; try again in 5 seconds",
        fields: [("Retry-After", "5")])
}

extension Answers {
    /// What may be asked of a path; pages of other sites may ask nothing.
    fileprivate static func allowing(_ methods: [Method]) -> Response {
        var headers = ResponseHeaders()
        headers.add("Allow", (methods + [.options]).map(\.name).joined(separator: ", "))
        return Response(status: .ok, headers: headers)
    }
}
