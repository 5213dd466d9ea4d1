import HTTPAPI
import HTTPServer
import NIOCore

/// What those who run a server, and their tools, ask of it: the paths under `/-/`, where no bucket is.
///
/// With an admin token, all but the health and the description of the APIs is only for those who show it.
public struct OperationsAPI: RequestHandler {
    private let adminToken: AdminToken?
    /// - Parameter adminToken: nil where none was set, and then what tells secrets is for nobody.
    public init(adminToken: AdminToken?) {
        self.adminToken = adminToken
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
        guard let route = request.withPathBytes({ OperationsRoute(path: $0) }) else {
            throw .notFound("there is nothing at this path; /-/health tells whether the server is alive")
        }
        let methods = (route.methods + [.options]).map(\.name).joined(separator: ", ")
        if request.method == .options { return .ready(Answers.preflight(allowing: methods)) }
        guard route.methods.contains(request.method) else { throw .methodNotAllowed(methods) }
        if route.audience == .administrators { try requireAdministrator(request) }
        switch route {
        case .health: return .ready(Answers.text("ok\n"))
        case .openAPI: return .ready(Answers.json(OpenAPI.document))
        }
    }

    private func requireAdministrator(_ request: Request) throws(APIError) {
        guard let adminToken, !adminToken.isShown(by: request) else { return }
        throw APIError(
            status: .unauthorized, message: "this needs the server's admin token, as Authorization: Bearer TOKEN",
            fields: [("WWW-Authenticate", "Bearer")])
    }
}
