import NIOCore
import Testing

@testable import Console

extension PageFile {
    /// Each page with a path of each of its files.
    static let allOfPages = [Page.databases, .scripts].flatMap { page in page.files.map { (page, $0.examplePath) } }

    var examplePath: String {
        switch place {
        case .path(let path): "\(path)"
        case .scriptsOfBuckets: "/bucket/scripts/"
        }
    }
}

extension Page: CustomTestStringConvertible {
    public var testDescription: String { "the page at \(files.first?.examplePath ?? "")" }
}

/// What the pages' files must not have, which the policy that they are sent with would forbid or could not.
@Suite struct PageFileTests {
    /// A page, the path of its HTML and what leads from there to the root.
    private static let pages = [(Page.databases, "/", ""), (.scripts, "/bucket/scripts/", "../../")]

    private func text(_ page: Page, _ path: String) throws -> String {
        String(buffer: try #require(page.files.first { $0.examplePath == path }).content)
    }

    private func scripts(_ page: Page) throws -> String {
        try page.files.map(\.examplePath).filter { $0.hasSuffix(".js") }.map { try text(page, $0) }.joined(
            separator: "\n")
    }

    @Test(arguments: PageFile.allOfPages)
    func `No file names another host`(page: Page, path: String) throws {
        let text = try text(page, path)
        #expect(!text.contains("//") || path.hasSuffix(".js"))
        for scheme in ["http:", "https:", "ws:", "wss:", "@import"] { #expect(!text.contains(scheme)) }
    }

    @Test(arguments: pages)
    func `A page has no script, style or handler in its text`(page: Page, path: String, _: String) throws {
        let html = try text(page, path).lowercased()
        #expect(html.matches(of: /<script[^>]*>/).allSatisfy { $0.output.contains(" src=") })
        for inline in ["<style", " style=", " onclick=", " onload=", " onsubmit=", "javascript:"] {
            #expect(!html.contains(inline), "\(inline)")
        }
    }

    @Test(arguments: PageFile.allOfPages.filter { $0.1.hasSuffix(".js") })
    func `No script makes code or elements out of text, or keeps anything`(page: Page, path: String) throws {
        let script = try text(page, path)
        for name in [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "localStorage",
            "sessionStorage", "cookie", "indexedDB", "insertHTML", "srcdoc", "setAttribute(\"style",
        ] {
            #expect(!script.contains(name), "\(name)")
        }
    }

    @Test(arguments: pages)
    func `Each file that the page or a script names is served, and no other`(page: Page, path: String, root: String)
        throws
    {
        let names =
            try text(page, path).matches(of: /(?:src|href)="([^"]+)"/).map { String($0.output.1) }.filter {
                $0 != "data:,"
            }
        #expect(names.allSatisfy { $0.hasPrefix(root) && !$0.dropFirst(root.count).contains("/") }, "\(names)")
        let imports = try scripts(page).matches(of: /from "\.\/([^"]+)"/).map { String($0.output.1) }
        let paths = Set(names.map { "/" + $0.dropFirst(root.count) } + imports.map { "/" + $0 })
        #expect(paths == Set(page.files.map(\.examplePath)).subtracting([path]))
    }

    @Test(arguments: pages)
    func `Each field has a label, and each element that is named is there`(page: Page, path: String, _: String) throws {
        let html = try text(page, path)
        let ids = html.matches(of: /\bid="([^"]+)"/).map { String($0.output.1) }
        #expect(Set(ids).count == ids.count)
        for field in html.matches(of: /<(?:input|textarea)[^>]*\bid="([^"]+)"[^>]*>/) {
            let id = String(field.output.1)
            let isWrapped = html.contains("<label>\(field.output.0)")
            #expect(isWrapped || html.contains("<label for=\"\(id)\">"), "\(id)")
        }
        let references = html.matches(of: /\b(?:for|aria-labelledby|aria-describedby)="([^"]+)"/)
        for id in references.flatMap({ $0.output.1.split(separator: " ") }) {
            #expect(ids.contains(String(id)), "\(id)")
        }
        for name in try scripts(page).matches(of: /element\("([^"]+)"\)/) {
            #expect(ids.contains(String(name.output.1)), "\(name.output.1)")
        }
    }
}
