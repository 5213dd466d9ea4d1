import Foundation
import Testing

/// The page that `KOT web` serves beside KOT's API, and nothing else does.
@Suite(.server)
struct KOTWebTests {
    private let password = ("Authorization", "Basic " + Data(":secret".utf8).base64EncodedString())

    @Test func thePageItsStyleAndItsScriptsComeWithoutThePassword() async throws {
        try await withDatabases("web") { server in
            for (path, mediaType) in [
                ("/", "text/html"), ("/page.css", "text/css"), ("/kot.css", "text/css"),
                ("/kot.js", "text/javascript"), ("/kot-client.js", "text/javascript"),
            ] {
                let response = try server.client.get(path)
                #expect(response.status == 200, "\(path)")
                #expect(response["Content-Type"] == mediaType + "; charset=utf-8", "\(path)")
                #expect(response["Content-Security-Policy"]?.contains("default-src 'none'") == true, "\(path)")
                #expect(!response.body.isEmpty, "\(path)")
                let head = try server.client.send("HEAD", path)
                #expect(head["Content-Length"] == String(response.body.count), "\(path)")
                #expect(try server.client.send("POST", path, body: Array("a=b".utf8)).status == 405, "\(path)")
            }
        }
    }

    @Test func theAPIIsServedBesideThePageAndWantsThePassword() async throws {
        try await withDatabases("web") { server in
            let form = Array("database_name=d&key=k&value=v".utf8)
            let refusal = try server.client.send("POST", "/controller/set", body: form)
            #expect(refusal.status == 401)
            #expect(try server.client.send("POST", "/controller/set", [password], body: form).status == 200)
            #expect(try server.client.get("/database/list", [password]).text.contains("\"d\""))
            #expect(try server.client.get("/nothing", [password]).status == 404)
        }
    }

    @Test func otherServersHaveNoPage() async throws {
        try await withDatabases("api") { server in
            for path in ["/", "/page.css", "/kot.js", "/kot-client.js"] {
                let response = try server.client.get(path, [password])
                #expect(response.status == 404, "\(path)")
            }
        }
        try await withServer { server in
            let response = try server.client.get("/")
            #expect(response.status == 405)
            #expect(try server.client.get("/kot.js").status == 404)
        }
    }
}
