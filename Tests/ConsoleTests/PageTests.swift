import NIOCore
import Testing

@testable import Console

/// What the page's files must not have, which the policy that they are sent with would forbid or could not.
@Suite struct PageTests {
    private func text(_ path: String) throws -> String {
        String(buffer: try #require(ConsoleFile.all.first { $0.path == path }).content)
    }

    @Test(arguments: ConsoleFile.all.map(\.path))
    func `No file names another host`(path: String) throws {
        #expect(!(try text(path)).contains("//") || path.hasSuffix(".js"))
        for scheme in ["http:", "https:", "ws:", "wss:", "@import"] { #expect(!(try text(path)).contains(scheme)) }
    }

    @Test func `The page has no script, style or handler in its text`() throws {
        let page = try text("/").lowercased()
        #expect(page.matches(of: /<script[^>]*>/).allSatisfy { $0.output.contains(" src=") })
        for inline in ["<style", " style=", " onclick=", " onload=", " onsubmit=", "javascript:"] {
            #expect(!page.contains(inline), "\(inline)")
        }
    }

    @Test(arguments: ["/console.js", "/client.js"])
    func `No script makes code or elements out of text, or keeps anything`(path: String) throws {
        let script = try text(path)
        for name in [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "localStorage",
            "sessionStorage", "cookie", "indexedDB",
        ] {
            #expect(!script.contains(name), "\(name)")
        }
    }

    @Test func `Each file that the page or a script names is served`() throws {
        let paths = ConsoleFile.all.map(\.path)
        let names =
            try text("/").matches(of: /(?:src|href)="([^"]+)"/).map { String($0.output.1) }
            + text("/console.js").matches(of: /from "\.\/([^"]+)"/).map { String($0.output.1) }
        let files = names.filter { $0 != "data:," }
        #expect(Set(files.map { "/" + $0 }) == Set(paths).subtracting(["/"]))
    }

    @Test func `Each field has a label, and each element that the script names is there`() throws {
        let page = try text("/")
        let ids = page.matches(of: /id="([^"]+)"/).map { String($0.output.1) }
        #expect(Set(ids).count == ids.count)
        for field in page.matches(of: /<(?:input|textarea)[^>]*\bid="([^"]+)"[^>]*>/) {
            let id = String(field.output.1)
            let isWrapped = page.contains("<label>\(field.output.0)")
            #expect(isWrapped || page.contains("<label for=\"\(id)\">"), "\(id)")
        }
        for name in try text("/console.js").matches(of: /element\("([^"]+)"\)/) {
            #expect(ids.contains(String(name.output.1)), "\(name.output.1)")
        }
    }
}
