import Foundation
import Testing

/// The page that a browser gets where others get the list of a bucket's scripts.
@Suite(.server)
struct ScriptsPageTests {
    private let html = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")

    @Test func allThatAReaderDoesInABrowserWorks() async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Browser/scripts_page.py")
        try await withServer { server in
            let result = try ProgramResult.run(
                ["/usr/bin/python3", script.path, server.url], limit: .seconds(120))
            #expect(result.status == .code(0), "\(result.output)\(result.errorOutput)")
            #expect(result.output == "done\n")
        }
    }

    @Test func thePageAndItsFilesComeWithoutAKeyAndUncounted() async throws {
        try await withServer(["--rate-limit", "1/h"]) { server in
            let bucket = try server.client.makeBucket("secret_key=s")
            for path in ["\(bucket)/scripts/", "/page.css", "/scripts.css", "/scripts.js", "/scripts-client.js"] {
                let response = try server.client.get(path, [html])
                #expect(response.status == 200, "\(path)")
                #expect(response["Content-Security-Policy"]?.contains("default-src 'none'") == true, "\(path)")
                #expect(response["X-Ratelimit-Limit"] == nil, "\(path)")
            }
            #expect(try server.client.get("\(bucket)/scripts/", [html])["Vary"] == "Accept")
            #expect(try server.client.get("\(bucket)/scripts/").status == 429)
        }
    }

    @Test func theListIsForThoseWhoAskForJSON() async throws {
        try await withServer(KOTClient.flags) { server in
            let bucket = try server.client.makeBucket("secret_key=s")
            for accept in ["application/json", "*/*"] {
                let list = try server.client.get("\(bucket)/scripts/", [("Accept", accept), Authorization.basic("s")])
                #expect(list.text == "[]", "\(accept)")
                #expect(list["Vary"] == "Accept", "\(accept)")
            }
            let page = try server.client.get("\(bucket)/scripts/", [html, Authorization.basic("s")])
            #expect(page["Content-Type"] == "text/html; charset=utf-8")
        }
    }
}
