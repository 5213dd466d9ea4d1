import HTTPServer
import NIOCore

/// Serves a page for the browser, with its style and its script, that uses an API of the host that it came from.
public struct Console: RequestHandler {
    public init() {}

    /// Whether the path is one of the page's.
    public static func serves(_ request: Request) -> Bool {
        ConsoleFile(of: request) != nil
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        .ready(response(to: request))
    }

    public func bodySizeLimit(for request: Request) -> Int { 0 }

    public func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        let response = response(to: request)
        guard response.status == .ok else { return .ready(response) }
        return .ready(
            Self.text("send no body with this\n", status: Status(code: 413, reason: "Content Too Large")))
    }

    private func response(to request: Request) -> Response {
        guard let file = ConsoleFile(of: request) else {
            return Self.text("there is nothing at this path; the page is at /\n", status: .notFound)
        }
        guard request.method == .get || request.method == .head else {
            var response = Self.text(
                "this method is not for this path; use one of GET, HEAD\n", status: .methodNotAllowed)
            response.headers.add("Allow", "GET, HEAD")
            return response
        }
        return Response(
            status: .ok, headers: ResponseHeaders(prepared: file.headers), body: .bytes(file.content))
    }

    private static let textHeaders = PreparedHeaders([
        ("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
    ])

    private static func text(_ text: String, status: Status) -> Response {
        Response(
            status: status, headers: ResponseHeaders(prepared: textHeaders), body: .bytes(ByteBuffer(string: text)))
    }
}
