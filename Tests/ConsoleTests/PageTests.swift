import HTTPServer
import NIOCore
import NIOEmbedded
import Testing

@testable import Console

@Suite struct PageTests {
    static let browser = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8")
    private static let all = PageFile.allOfPages

    private func request(_ method: Method, _ target: String) throws -> Request {
        try Request(method: method, target: target, headers: [Self.browser])
    }

    private func answer(_ page: Page, _ method: Method, _ target: String) throws -> Response {
        try response(page.handle(try request(method, target), on: EmbeddedEventLoop()))
    }

    private func answerToBody(_ page: Page, _ method: Method, _ target: String) throws -> Response {
        try response(page.refuseBody(of: request(method, target), size: 1, limit: 0, on: EmbeddedEventLoop()))
    }

    private func response(_ reply: Reply) throws -> Response {
        guard case .ready(let response) = reply else { throw NotReady() }
        return response
    }

    private struct NotReady: Error {}

    private func text(_ response: Response) -> String {
        if case .bytes(let bytes) = response.body { String(buffer: bytes) } else { "" }
    }

    @Test(arguments: [
        (Page.databases, "/", "text/html", "<title>KOT databases"),
        (.databases, "/?from=mail", "text/html", "<!DOCTYPE"),
        (.databases, "/kot.css", "text/css", "#database"),
        (.databases, "/kot.js", "text/javascript", "import { Client }"),
        (.databases, "/kot-client.js", "text/javascript", "export class Client"),
        (.databases, "/page.css", "text/css", ":root"),
        (.databases, "/page.js", "text/javascript", "export const element"),
        (.databases, "/http.js", "text/javascript", "export class RequestError"),
        (.scripts, "/N7cmQg1DwZbADh2Hu3NncF/scripts/", "text/html", "<title>Scripts"),
        (.scripts, "/b/scripts/?x", "text/html", "<!DOCTYPE"), (.scripts, "/scripts.css", "text/css", "#source"),
        (.scripts, "/scripts.js", "text/javascript", "import { Editor }"),
        (.scripts, "/scripts-client.js", "text/javascript", "export class ScriptsClient"),
        (.scripts, "/editor.js", "text/javascript", "export class Editor"),
        (.scripts, "/page.css", "text/css", ":root"),
        (.scripts, "/page.js", "text/javascript", "export const element"),
        (.scripts, "/http.js", "text/javascript", "export class RequestError"),
    ])
    func `A page, its styles and its scripts come as what they are`(
        page: Page, path: String, mediaType: String, content: String
    ) throws {
        #expect(page.serves(try request(.get, path)))
        let response = try answer(page, .get, path)
        #expect(response.status == .ok)
        #expect(response.headers.first("Content-Type") == mediaType + "; charset=utf-8")
        #expect(response.headers.first("X-Content-Type-Options") == "nosniff")
        #expect(text(response).contains(content))
    }

    @Test(arguments: all)
    func `Nothing of another host may be loaded, and no other page may show this one`(page: Page, path: String) throws {
        let headers = try answer(page, .get, path).headers
        #expect(headers.first("Referrer-Policy") == "no-referrer")
        #expect(headers.first("Cache-Control") == "no-cache")
        let policy = headers.first("Content-Security-Policy")?.split(separator: ";").map { $0.trimmingPrefix(" ") }
        let directives = try #require(policy).map(String.init)
        #expect(
            directives == [
                "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                "img-src 'self' data:", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
            ])
    }

    @Test(arguments: all)
    func `HEAD is answered as GET`(page: Page, path: String) throws {
        let (head, get) = (try answer(page, .head, path), try answer(page, .get, path))
        #expect(head.status == .ok)
        #expect(head.headers.fields.map(\.value) == get.headers.fields.map(\.value))
    }

    @Test(arguments: [Method.post, .put, .patch, .delete, .options, .other("TRACE")])
    func `Another method is 405 with the right ones, also where it has a body`(method: Method) throws {
        for (page, path) in Self.all where !path.hasSuffix("/scripts/") {
            for response in [try answer(page, method, path), try answerToBody(page, method, path)] {
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers.first("Allow") == "GET, HEAD")
                #expect(text(response).hasSuffix("\n"))
            }
        }
    }

    @Test(arguments: [(Page.databases, "/"), (.scripts, "/b/scripts/")])
    func `A GET with a body is refused`(page: Page, path: String) throws {
        #expect(page.bodySizeLimit(for: try request(.get, path)) == 0)
        #expect(try answerToBody(page, .get, path).status.code == 413)
    }

    @Test(arguments: [
        (Page.databases, "/index.html"), (.databases, "/kot.js/"), (.databases, "//"), (.databases, "/Kot.js"),
        (.databases, "/kot%2ejs"), (.databases, "/database/list"), (.databases, "/scripts.js"),
        (.databases, "/b/scripts/"), (.databases, "*"), (.scripts, "/"), (.scripts, "/b"), (.scripts, "/b/scripts"),
        (.scripts, "/b/scripts/hello"), (.scripts, "/scripts/"), (.scripts, "//scripts/"), (.scripts, "/b/c/scripts/"),
        (.scripts, "/b/tokens/"), (.scripts, "/b/page.css"), (.scripts, "/kot.js"), (.scripts, "*"),
    ])
    func `Any other path is not the page's`(page: Page, path: String) throws {
        #expect(!page.serves(try request(path == "*" ? .options : .get, path)))
        if path != "*" { #expect(try answer(page, .get, path).status == .notFound) }
    }

    @Test(arguments: [Method.post, .put, .patch, .delete, .options])
    func `Requests that don't read the scripts' path are not the page's`(method: Method) throws {
        #expect(!Page.scripts.serves(try request(method, "/b/scripts/")))
    }

    @Test(
        arguments: [
            (nil, false), ("", false), ("*/*", false), ("application/json", false), ("text/html", true),
            ("text/*", true),
            ("application/json, text/html", false), ("application/json;q=0.9, text/html", true),
            ("text/html;q=0.9, application/json", false), ("text/html, */*", true), ("text/html;q=0", false),
            ("text/plain", false), ("image/png", false), (browser.1, true),
        ] as [(String?, Bool)])
    func `The scripts' path is the page for those who would rather have HTML than JSON`(accept: String?, isPage: Bool)
        throws
    {
        let headers = accept.map { [("Accept", $0)] } ?? []
        #expect(Page.scripts.serves(try Request(method: .get, target: "/b/scripts/", headers: headers)) == isPage)
    }

    @Test func `The page of scripts says what it depends on, and no page of a script looks into it`() throws {
        let headers = try answer(.scripts, .get, "/b/scripts/").headers
        #expect(headers.first("Vary") == "Accept")
        #expect(headers.first("Cross-Origin-Opener-Policy") == "same-origin")
        #expect(try answer(.scripts, .get, "/scripts.js").headers.first("Vary") == nil)
    }
}
