import HTTPAPI
import HTTPServer
import NIOCore

/// What those who run a server, and their tools, ask of it: the paths under `/-/`, where no bucket is.
///
/// With an admin token, all but its health, whether it is ready and the description of the APIs is only for those who show it.
public struct OperationsAPI: RequestHandler {
    private let access: AdminAccess
    private let readiness: Readiness
    private let metrics: MetricsReport
    private let checkpoints: CheckpointRequests?

    /// - Parameters:
    ///   - access: decides who may ask for more than whether the server is well.
    ///   - checkpoints: nil for a store that has none.
    public init(
        access: AdminAccess, readiness: Readiness, metrics: MetricsReport, checkpoints: CheckpointRequests? = nil
    ) {
        self.access = access
        self.readiness = readiness
        self.metrics = metrics
        self.checkpoints = checkpoints
    }

    /// Whether the path is one of this API's.
    public static func serves(_ request: Request) -> Bool {
        request.withPathBytes { path in
            path.count >= 2 && path[0] == UInt8(ascii: "/") && path[1] == UInt8(ascii: "-")
                && (path.count == 2 || path[2] == UInt8(ascii: "/"))
        }
    }

    /// The names of what requests are for.
    public static let requestKinds =
        OperationsRoute.allCases.map { String($0.rawValue.dropFirst(3)) } + ["checkpoints", "operations"]

    /// What a request is for, as an index into `requestKinds`.
    public static func requestKind(of request: Request) -> Int {
        request.withPathBytes { path in
            if let route = OperationsRoute(path: path) {
                return OperationsRoute.allCases.firstIndex(of: route) ?? OperationsRoute.allCases.count + 1
            }
            return OperationsRoute.allCases.count + (CheckpointRoute(path: path) == nil ? 1 : 0)
        }
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        do throws(APIError) {
            return try answer(request, on: eventLoop)
        } catch {
            return .ready(Answers.error(error, to: request))
        }
    }

    public func bodySizeLimit(for request: Request) -> Int { 64 << 10 }

    public func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        .ready(
            Answers.error(
                APIError(
                    status: Status(code: 413), message: "a body may have at most \(limit) bytes here; send less"),
                to: request))
    }

    private func answer(_ request: Request, on eventLoop: any EventLoop) throws(APIError) -> Reply {
        if let checkpoints, let route = request.withPathBytes({ CheckpointRoute(path: $0) }) {
            if let answer = try answerToMethod(of: request, route.methods) { return answer }
            try access.requireToken(request)
            return checkpoints.answer(request, route, on: eventLoop)
        }
        guard let route = request.withPathBytes({ OperationsRoute(path: $0) }) else {
            throw .notFound("there is nothing at this path; /-/health tells whether the server is alive")
        }
        if let answer = try answerToMethod(of: request, route.methods) { return answer }
        if route.audience == .administrators { try access.require(request) }
        switch route {
        case .health: return .ready(Answers.state("ok", obstacle: nil, to: request))
        case .openAPI: return .ready(Answers.json(OpenAPI.document))
        case .ready:
            return .pending(
                readiness.obstacle(on: eventLoop).map { obstacle in
                    Answers.state(obstacle == nil ? "ready" : "not ready", obstacle: obstacle, to: request)
                })
        case .metrics:
            return .pending(
                metrics.text(on: eventLoop).map { Answers.metrics($0) }.recover { _ in
                    Answers.error(.unavailable("the server is stopping", retryAfter: nil), to: request)
                })
        }
    }

    /// The answer to a request that asks for the methods of a path, or has none of them.
    private func answerToMethod(of request: Request, _ methods: [Method]) throws(APIError) -> Reply? {
        let names = (methods + [.options]).map(\.name).joined(separator: ", ")
        if request.method == .options { return .ready(Answers.preflight(allowing: names)) }
        guard methods.contains(request.method) else { throw .methodNotAllowed(names) }
        return nil
    }
}

extension Answers {
    /// What was true a moment ago must not be told again.
    private static let noStore = ("Cache-Control", "no-store")
    private static let stateTextHeaders = prepared("text/plain; charset=utf-8", [noStore])
    private static let stateJSONHeaders = prepared("application/json", [noStore])
    private static let metricsHeaders = prepared(MetricsText.mediaType, [noStore])

    /// A word on how the server is, and what is wrong, with which the status is 503.
    fileprivate static func state(_ word: StaticString, obstacle: String?, to request: Request) -> Response {
        let isJSON = Accept.form(request) == .json
        var body = JSONWriter()
        if isJSON {
            body.raw(#"{"status":""#)
            body.raw(word)
            body.raw("\"")
            if let obstacle {
                body.raw(#","reason":"#)
                body.string(obstacle)
            }
            body.raw("}")
        } else {
            body.raw(word)
            if let obstacle { body.buffer.writeString(": " + obstacle) }
            body.raw("\n")
        }
        return Response(
            status: obstacle == nil ? .ok : .serviceUnavailable,
            headers: ResponseHeaders(prepared: isJSON ? stateJSONHeaders : stateTextHeaders), body: .bytes(body.buffer))
    }

    fileprivate static func metrics(_ text: ByteBuffer) -> Response {
        Response(status: .ok, headers: ResponseHeaders(prepared: metricsHeaders), body: .bytes(text))
    }
}
