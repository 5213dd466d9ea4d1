import HTTPServer
import NIOCore
import NIOEmbedded
import Testing

@testable import Console

@Suite struct ConsoleTests {
    private let console = Console()

    private func answer(_ method: Method, _ target: String) throws -> Response {
        try response(console.handle(try Request(method: method, target: target), on: EmbeddedEventLoop()))
    }

    private func answerToBody(_ method: Method, _ target: String) throws -> Response {
        let request = try Request(method: method, target: target)
        return try response(console.refuseBody(of: request, size: 1, limit: 0, on: EmbeddedEventLoop()))
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
        ("/", "text/html; charset=utf-8", "<!DOCTYPE html>"), ("/?from=mail", "text/html; charset=utf-8", "<!DOCTYPE"),
        ("/console.css", "text/css; charset=utf-8", ":root"),
        ("/console.js", "text/javascript; charset=utf-8", "import { Client }"),
        ("/client.js", "text/javascript; charset=utf-8", "export class Client"),
    ])
    func `The page, its style and its scripts come as what they are`(
        path: String, mediaType: String, content: String
    ) throws {
        #expect(Console.serves(try Request(method: .get, target: path)))
        let response = try answer(.get, path)
        #expect(response.status == .ok)
        #expect(response.headers.first("Content-Type") == mediaType)
        #expect(response.headers.first("X-Content-Type-Options") == "nosniff")
        #expect(text(response).contains(content))
    }

    @Test(arguments: ConsoleFile.all.map(\.path))
    func `Nothing of another host may be loaded, and no other page may show this one`(path: String) throws {
        let headers = try answer(.get, path).headers
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

    @Test(arguments: ConsoleFile.all.map(\.path))
    func `HEAD is answered as GET`(path: String) throws {
        let (head, get) = (try answer(.head, path), try answer(.get, path))
        #expect(head.status == .ok)
        #expect(head.headers.fields.map(\.value) == get.headers.fields.map(\.value))
    }

    @Test(arguments: [Method.post, .put, .patch, .delete, .options, .other("TRACE")])
    func `Another method is 405 with the right ones, also where it has a body`(method: Method) throws {
        for path in ConsoleFile.all.map(\.path) {
            for response in [try answer(method, path), try answerToBody(method, path)] {
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers.first("Allow") == "GET, HEAD")
                #expect(text(response).hasSuffix("\n"))
            }
        }
    }

    @Test func `A GET with a body is refused`() throws {
        let request = try Request(method: .get, target: "/")
        #expect(console.bodySizeLimit(for: request) == 0)
        #expect(try answerToBody(.get, "/").status.code == 413)
    }

    @Test(arguments: ["/index.html", "/console.js/", "//", "/Console.js", "/console%2ejs", "/database/list", "*"])
    func `Any other path is not the page's`(path: String) throws {
        #expect(!Console.serves(try Request(method: path == "*" ? .options : .get, target: path)))
        if path != "*" { #expect(try answer(.get, path).status == .notFound) }
    }
}
