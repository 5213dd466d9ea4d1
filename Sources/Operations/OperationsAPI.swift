import HTTPAPI
import HTTPServer
import NIOCore

/// What those who run a server, and their tools, ask of it: the paths under `/-/`, where no bucket is.
///
/// With an admin token, all but the health and the description of the APIs is only for those who show it.
public struct OperationsAPI: RequestHandler {
    private let adminToken: AdminToken?
    private let checkpoints: CheckpointRequests?

    /// - Parameters:
    ///   - adminToken: nil where none was set, and then what tells secrets is for nobody.
    ///   - checkpoints: nil for a store that has none.
    public init(adminToken: AdminToken?, checkpoints: CheckpointRequests? = nil) {
        self.adminToken = adminToken
        self.checkpoints = checkpoints
    }

    /// Whether the path is one of this API's.
    public static func serves(_ request: Request) -> Bool {
        request.withPathBytes { path in
            path.count >= 2 && path[0] == UInt8(ascii: "/") && path[1] == UInt8(ascii: "-")
                && (path.count == 2 || path[2] == UInt8(ascii: "/"))
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
            try requireAdminToken(request)
            return checkpoints.answer(request, route, on: eventLoop)
        }
        guard let route = request.withPathBytes({ OperationsRoute(path: $0) }) else {
            throw .notFound("there is nothing at this path; /-/health tells whether the server is alive")
        }
        if let answer = try answerToMethod(of: request, route.methods) { return answer }
        if route.audience == .administrators { try requireAdministrator(request) }
        switch route {
        case .health: return .ready(Answers.text("ok\n"))
        case .openAPI: return .ready(Answers.json(OpenAPI.document))
        }
    }

    /// The answer to a request that asks for the methods of a path, or has none of them.
    private func answerToMethod(of request: Request, _ methods: [Method]) throws(APIError) -> Reply? {
        let names = (methods + [.options]).map(\.name).joined(separator: ", ")
        if request.method == .options { return .ready(Answers.preflight(allowing: names)) }
        guard methods.contains(request.method) else { throw .methodNotAllowed(names) }
        return nil
    }

    /// For what tells secrets, so that it is for nobody where there is no token.
    private func requireAdminToken(_ request: Request) throws(APIError) {
        guard adminToken != nil else {
            throw .forbidden(
                "this is only for administrators, and the server knows none; start it with --admin-token or KVICK_ADMIN_TOKEN"
            )
        }
        try requireAdministrator(request)
    }

    private func requireAdministrator(_ request: Request) throws(APIError) {
        guard let adminToken, !adminToken.isShown(by: request) else { return }
        throw APIError(
            status: .unauthorized, message: "this needs the server's admin token, as Authorization: Bearer TOKEN",
            fields: [("WWW-Authenticate", "Bearer")])
    }
}
