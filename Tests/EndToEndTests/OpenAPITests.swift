import Foundation
import Testing

/// Whether a server does what it says of itself at `/-/openapi.json`.
@Suite(.server)
struct OpenAPITests {
    private static let json = ("Accept", "application/json")
    private static let form = ("Content-Type", "application/x-www-form-urlencoded")

    @Test func theDocumentIsOfThisVersionAndListsWhatAllowLists() async throws {
        try await withServer(["--kot-password", "secret"]) { server in
            let document = try APIDocument(server)
            #expect(try Kvick.run(["--version"]).output.contains(try #require(document.version)))
            let bucket = try server.client.makeBucket()
            for (path, item) in document.paths {
                let target =
                    path
                    .replacing("/{bucket}", with: bucket).replacing("{key}", with: "k").replacing("{name}", with: "s")
                    .replacing("{checkpoint}", with: "c").replacing("{file}", with: "f")
                let allowed = try server.client.send("OPTIONS", target)["Allow"] ?? ""
                let methods = item.keys.filter { !["parameters", "summary"].contains($0) }.map { $0.uppercased() }
                #expect(Set(allowed.components(separatedBy: ", ")) == Set(methods), "\(path)")
            }
        }
    }

    @Test func answersOfBucketsAreAsTheyAreDescribed() async throws {
        try await withServer(["--rate-limit", "1000/h"]) { server in
            let document = try APIDocument(server)
            let open = try server.client.makeBucket()
            let closed = try server.client.makeBucket("secret_key=s&read_key=r&write_key=w&signing_key=\(UUID())")
            let gone = try server.client.makeBucket("secret_key=s")
            func check(
                _ method: String, _ target: String, _ status: Int, _ headers: [(String, String)] = [],
                body: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
            ) throws {
                let response = try server.client.send(method, target, headers, body: body.map { Array($0.utf8) })
                #expect(
                    response.status == status, "\(method) \(target) \(response.text)", sourceLocation: sourceLocation)
                let differences = document.differences(method, target, response)
                #expect(differences == [], "\(method) \(target)", sourceLocation: sourceLocation)
            }
            let (secret, read) = (Authorization.basic("s"), Authorization.bearer("r"))
            try check("DELETE", gone, 200, [secret])
            for accept in [Self.json, ("Accept", "*/*")] {
                try check("POST", "/", 200, [accept])
                try check("POST", "/", 400, [accept], body: "email=nobody")
                try check("POST", "\(open)/n", 200, [accept], body: "12")
                try check("GET", "\(open)/?values=true", 200, [accept])
                try check("GET", "\(open)/?limit=1", 200, [accept])
                try check("GET", "\(open)/?limit=x", 400, [accept])
                try check("GET", closed, 401, [accept])
                try check("PATCH", closed, 403, [accept, read])
                try check("GET", "/nobody/", 404, [accept])
                try check("GET", gone, 410, [accept])
                try check("PUT", "\(open)/n", 412, [accept, ("If-Match", "\"0\"")], body: "13")
                try check("POST", "\(closed)/tokens/", 200, [accept, secret, Self.form], body: "permissions=read")
                try check("GET", "\(closed)/scripts/", 200, [accept, secret])
            }
            try check("GET", "\(open)/?format=jsonl", 200)
            try check("GET", "\(open)/?export=true", 200)
            try check("GET", "\(closed)/?settings=true", 200, [secret])
            try check("GET", "\(open)/", 406, [("Accept", "image/png")])
            try check("HEAD", "\(open)/", 200)
            try check("POST", open, 200, body: #"{"txn":[{"set":"a","value":{"b":1}},{"get":"n"},{"delete":"x"}]}"#)
            try check(
                "POST", open, 200,
                body: #"{"txn":[{"set":"n","value":1,"if_absent":true},{"set":"o","base64":"/w=="}]}"#)
            try check("POST", open, 412, body: #"{"txn":[{"check":"n","version":null}]}"#)
            try check("PATCH", closed, 200, [secret], body: "default_ttl=60")
            try check("GET", "\(open)/a", 200)
            try check("GET", "\(open)/a", 304, [("If-None-Match", "*")])
            try check("HEAD", "\(open)/a", 200)
            try check("PATCH", "\(open)/n", 200, body: "+1")
            try check("PATCH", "\(open)/a", 400, body: "+1")
            try check("DELETE", "\(open)/n", 200)
            try check("DELETE", "\(open)/n", 404)
            try check("GET", "\(closed)/scripts/", 200, [("Accept", "text/html")])
            try check("PUT", "\(closed)/scripts/s", 200, [secret], body: "kvdb.status = 418; kvdb.say(1)")
            try check("PUT", "\(closed)/scripts/t", 400, [secret], body: "end")
            try check("GET", "\(closed)/scripts/s", 418)
            try check("GET", "\(closed)/scripts/s?source=true", 200, [secret])
            try check("HEAD", "\(closed)/scripts/s?source=true", 304, [secret, ("If-None-Match", "*")])
            try check("POST", "\(closed)/scripts/nobody", 404)
            try check("DELETE", "\(closed)/scripts/s", 200, [secret])
        }
    }

    @Test func answersOfDatabasesAndOfTheOperationAreAsTheyAreDescribed() async throws {
        try await withServer(["--kot-password", "secret"]) { server in
            let document = try APIDocument(server)
            let password = ("Authorization", "Basic " + Data(":secret".utf8).base64EncodedString())
            for (target, body, status) in [
                ("/controller/set", #"{"database_name":"d","key":"k","base64":"/w=="}"#, 200),
                ("/controller/set", #"{"database_name":"d"}"#, 400),
                ("/controller/get", #"{"database_name":"d","key":"k"}"#, 200),
                ("/controller/get_all", #"{"database_name":"d"}"#, 200),
                ("/controller/size", #"{"database_name":"d","key":"k"}"#, 200),
                ("/controller/transaction", #"{"database_name":"d","operations":[["GET","k"]]}"#, 200),
                ("/controller/debug", #"{"message":"m"}"#, 200), ("/database/backup", #"{"database_name":"d"}"#, 200),
                ("/database/backup", #"{"database_name":"e"}"#, 404),
                ("/database/rename", #"{"database_name":"d","new_database_name":"debug_writer"}"#, 200),
                ("/execute", #"{"query":"DATABASE_LIST"}"#, 200), ("/execute", #"{"query":"DANCE"}"#, 400),
                ("/database/delete", #"{"database_name":"nobody"}"#, 404), ("/database/pop_all", "", 200),
            ] {
                for accept in ["*/*", "application/json", "application/octet-stream", "application/jsonl"] {
                    let response = try server.client.send(
                        "POST", target, [password, ("Accept", accept)], body: Array(body.utf8))
                    if target != "/database/rename" { #expect(response.status == status, "\(target) \(response.text)") }
                    #expect(document.differences("POST", target, response) == [], "\(target) \(accept)")
                }
            }
            for target in ["/database/list", "/informations", "/-/health", "/-/openapi.json"] {
                let response = try server.client.get(target, [password])
                #expect(response.status == 200)
                #expect(document.differences("GET", target, response) == [], "\(target)")
            }
            let refused = try server.client.get("/informations", [Self.json])
            #expect(refused.status == 401)
            #expect(document.differences("GET", "/informations", refused) == [])
        }
    }
}
