import HTTPAPI
import HTTPServer
import NIOCore

/// A page for the browser, with its style and its scripts, that uses an API of the host that it came from.
public struct Page: RequestHandler {
    let files: [PageFile]
    private let places: [PageFile.Place]

    /// The page of KOT's databases, at `/`.
    public static let databases = Page(files: [
        PageFile(.path("/"), "text/html", PackageResources.kot_html),
        PageFile(.path("/kot.css"), "text/css", PackageResources.kot_css),
        PageFile(.path("/kot.js"), "text/javascript", PackageResources.kot_js),
        PageFile(.path("/kot-client.js"), "text/javascript", PackageResources.kot_client_js),
    ])

    /// The page of a bucket's scripts, where a browser asks for `/BUCKET/scripts/`. The paths of its other files are no
    /// bucket's, for those have no dots.
    public static let scripts = Page(files: [
        PageFile(.scriptsOfBuckets, "text/html", PackageResources.scripts_html),
        PageFile(.path("/scripts.css"), "text/css", PackageResources.scripts_css),
        PageFile(.path("/scripts.js"), "text/javascript", PackageResources.scripts_js),
        PageFile(.path("/scripts-client.js"), "text/javascript", PackageResources.scripts_client_js),
        PageFile(.path("/editor.js"), "text/javascript", PackageResources.editor_js),
    ])

    /// With the files that all pages have.
    private init(files: [PageFile]) {
        self.files =
            files + [
                PageFile(.path("/page.css"), "text/css", PackageResources.page_css),
                PageFile(.path("/page.js"), "text/javascript", PackageResources.page_js),
                PageFile(.path("/http.js"), "text/javascript", PackageResources.http_js),
            ]
        places = self.files.map(\.place)
    }

    /// Whether a file of the page is what the request is for.
    public func serves(_ request: Request) -> Bool {
        file(for: request) != nil
    }

    public func handle(_ request: Request, on eventLoop: any EventLoop) -> Reply {
        .ready(response(to: request))
    }

    public func bodySizeLimit(for request: Request) -> Int { 0 }

    public func refuseBody(of request: Request, size: Int?, limit: Int, on eventLoop: any EventLoop) -> Reply {
        let response = response(to: request)
        guard response.status == .ok else { return .ready(response) }
        let error = APIError(status: Status(code: 413), message: "send no body with this")
        return .ready(Answers.error(error, to: request))
    }

    private func response(to request: Request) -> Response {
        guard let file = file(for: request) else {
            return Answers.error(.notFound("there is nothing at this path"), to: request)
        }
        guard request.method == .get || request.method == .head else {
            return Answers.error(.methodNotAllowed("GET, HEAD"), to: request)
        }
        return Response(
            status: .ok, headers: ResponseHeaders(prepared: file.headers), body: .bytes(file.content))
    }

    private func file(for request: Request) -> PageFile? {
        request.withPathBytes { path in
            guard places.contains(where: { $0.mayBe(path) }) else { return nil }
            return files.first { $0.place.has(request, at: path) }
        }
    }
}
