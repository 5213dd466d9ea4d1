import Foundation
import Testing

/// Access tokens: how they are had, and what they reach.
@Suite(.server)
struct TokenTests {
    @Test func theLinesOfTheReferenceWork() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=mykey&signing_key=sign&read_key=r&write_key=w")
            let id = String(bucket.dropFirst())
            let made = try Shell.run(
                """
                curl https://kvdb.io/BUCKET/tokens/
                  -d 'prefix=user:123:&permissions=read,write&ttl=3600'
                  -u mykey:
                """, server, bucket: id)
            let match = try #require(made.output.wholeMatch(of: /\{"access_token":"([A-Za-z0-9_.-]+)"\}/))
            let token = String(match.1)
            #expect(try server.client.put("\(bucket)/user:123:email?key=mykey", "a@b.c").status == 200)
            let lines = """
                # Provide the access token in the Authorization header
                curl https://kvdb.io/BUCKET/KEY
                  -H "Authorization: Bearer MY_TOKEN"

                # Or in the query string
                curl https://kvdb.io/BUCKET/KEY?access_token=MY_TOKEN
                """
            let commands = lines.replacing("KEY", with: "user:123:email").replacing("MY_TOKEN", with: token)
            #expect(try Shell.run(commands, server, bucket: id).output == "a@b.ca@b.c")
            #expect(try server.client.get("\(bucket)/user:124:email", [Authorization.bearer(token)]).status == 403)
        }
    }

    @Test func aTokenSaysWhatItIsFor() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&signing_key=sign")
            let basic = Authorization.basic("s")
            let response = try server.client.send(
                "POST", "\(bucket)/tokens/", [basic, ("Content-Type", "application/json")],
                body: Array(#"{"prefix":"a/","permissions":"delete, read","ttl":60}"#.utf8))
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(response["Cache-Control"] == "no-store")
            let token = try #require((try response.json() as? [String: Any])?["access_token"] as? String)
            #expect(token.hasPrefix(AccessToken.base64URL(Array(AccessToken.header.utf8)) + "."))
            let claims = try AccessToken.part(1, of: token)
            #expect(claims["aud"] as? String == String(bucket.dropFirst()))
            #expect(claims["prefix"] as? String == "a/")
            #expect(claims["permissions"] as? [String] == ["read", "delete"])
            let issued = try #require(claims["iat"] as? Int)
            #expect(claims["exp"] as? Int == issued + 60)
            #expect(abs(issued - Int(Date().timeIntervalSince1970)) < 60)

            let bare = try server.client.send(
                "POST", "\(bucket)/tokens/?permissions=read", [basic, ("Accept", "text/plain")])
            #expect(bare["Content-Type"]?.hasPrefix("text/plain") == true)
            let defaults = try AccessToken.part(1, of: bare.text)
            #expect(defaults["prefix"] as? String == "")
            let (issuedByDefault, end) = (try #require(defaults["iat"] as? Int), try #require(defaults["exp"] as? Int))
            #expect(end - issuedByDefault == 3600)
            let binary = try server.client.makeToken(bucket, "prefix=%FF%00&permissions=read", secret: "s")
            #expect(try AccessToken.part(1, of: binary)["prefix"] as? [String: String] == ["base64": "/wA="])
        }
    }

    @Test func aTokenIsMadeOnlyAsItShouldBe() async throws {
        try await withServer { server in
            let client = server.client
            let bucket = try client.makeBucket("secret_key=s&signing_key=sign&write_key=w")
            func status(_ form: String, _ bucket: String, _ headers: [(String, String)] = [Authorization.basic("s")])
                throws -> Int
            {
                try client.send("POST", "\(bucket)/tokens/", headers, body: Array(form.utf8)).status
            }
            #expect(try status("permissions=read", bucket) == 200)
            for form in [
                "", "permissions=", "permissions=admin", "permissions=read,admin", "permissions=read&ttl=0",
                "permissions=read&ttl=-1", "permissions=read&ttl=1.5", "permissions=read&ttl=x",
                "permissions=read&ttl=3155760001", "permissions=read&prefix=\(String(repeating: "p", count: 129))",
            ] {
                #expect(try status(form, bucket) == 400, "\(form)")
            }
            #expect(try status("permissions=read&ttl=3155760000", bucket) == 200)
            #expect(try status("permissions=read", bucket, []) == 401)
            #expect(try status("permissions=read", bucket, [Authorization.basic("x")]) == 401)
            #expect(try status("permissions=read", bucket, [Authorization.basic("w")]) == 403)
            for method in ["GET", "PUT", "DELETE", "PATCH"] {
                let response = try client.send(method, "\(bucket)/tokens/", [Authorization.basic("s")])
                #expect(response.status == 405, "\(method)")
                #expect(response["Allow"] == "POST, OPTIONS", "\(method)")
            }
            let unsigned = try client.makeBucket("secret_key=s")
            #expect(try status("permissions=read", unsigned) == 403)
            #expect(try status("permissions=read", try client.makeBucket("signing_key=sign"), []) == 403)
            // Without the slash it is a key like another.
            #expect(try client.put("\(bucket)/tokens?key=w", "v").status == 200)
            #expect(try client.get("\(bucket)/tokens").text == "v")
        }
    }

    @Test func aTokenIsTakenInEachWayThatAKeyIs() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&signing_key=sign&read_key=r")
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            let token = try server.client.makeToken(bucket, "permissions=read", secret: "s")
            for headers in [[Authorization.bearer(token)], [Authorization.basic(token)]] {
                #expect(try server.client.get("\(bucket)/k", headers).text == "v")
            }
            for name in ["key", "access_token"] {
                #expect(try server.client.get("\(bucket)/k?\(name)=\(token)").text == "v")
            }
            #expect(try server.client.get("\(bucket)/k").status == 401)
        }
    }

    @Test func aTokenReachesTheKeysThatBeginWithItsPrefixAndNoOther() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&signing_key=sign&read_key=r&write_key=w")
            let reached: [(prefix: String, targets: [String])] = [
                ("app", ["app", "apple", "application", "app%00", "app/../b", "%61pp", "app%2561"]),
                ("apple", ["apple", "apple%2Fx", "applesauce"]),
                ("app/", ["app/", "app/x", "app%2Fx", "app/%2e%2e/b", "app/../../b"]),
                ("app%00", ["app%00", "app%00x"]),
                ("", ["app", "b", "%00", "%FF"]),
            ]
            let missed: [(prefix: String, targets: [String])] = [
                ("app", ["ap", "App", "%2Fapp", "/app", "%00app", "%2561pp", "../app", "%2e%2e/app", "b"]),
                ("apple", ["app", "application", "appl%00e", "appl%2565"]),
                ("app/", ["app", "apple", "app%252Fx", "app%5Cx", "app%00/"]),
                ("app%00", ["app", "appx", "app%2500", "app/"]),
            ]
            for (isReached, cases) in [(true, reached), (false, missed)] {
                for (prefix, targets) in cases {
                    let form = "prefix=\(prefix)&permissions=read,write,delete,enumerate"
                    let bearer = Authorization.bearer(try server.client.makeToken(bucket, form, secret: "s"))
                    for target in targets {
                        for method in ["PUT", "GET", "DELETE"] {
                            let status = try server.client.send(
                                method, "\(bucket)/\(target)", [bearer], body: method == "PUT" ? [120] : nil
                            ).status
                            #expect(status == (isReached ? 200 : 403), "\(method) \(target) with \(prefix)")
                        }
                    }
                }
            }
        }
    }

    @Test func aListIsHeldToThePrefixOfItsToken() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&signing_key=sign")
            for key in ["app", "app/1", "app/2", "apple", "b"] { try server.client.put("\(bucket)/\(key)", "v") }
            let bearer = Authorization.bearer(
                try server.client.makeToken(bucket, "prefix=app/&permissions=enumerate", secret: "s"))
            for query in ["", "?prefix=", "?prefix=app/", "?prefix=app%2F"] {
                #expect(try server.client.get("\(bucket)/\(query)", [bearer]).text == "app/1\napp/2\n", "\(query)")
            }
            #expect(try server.client.get("\(bucket)/?prefix=app/2", [bearer]).text == "app/2\n")
            #expect(try server.client.get("\(bucket)/?after=a&reverse=false", [bearer]).text == "app/1\napp/2\n")
            #expect(try server.client.get("\(bucket)/?after=z&reverse=true", [bearer]).text == "app/2\napp/1\n")
            for query in ["?prefix=app", "?prefix=b", "?prefix=app%252F", "?prefix=apple", "?values=true"] {
                #expect(try server.client.get("\(bucket)/\(query)", [bearer]).status == 403, "\(query)")
            }
        }
    }

    @Test func aTokenMayWhatItsPermissionsSayEvenWhereAnyoneMay() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&signing_key=sign")
            let names = ["read", "write", "enumerate", "delete"]
            for set in 1..<16 {
                let permissions = Set((0..<4).filter { set & 1 << $0 != 0 }.map { names[$0] })
                let form = "permissions=\(permissions.joined(separator: ","))"
                let bearer = Authorization.bearer(try server.client.makeToken(bucket, form, secret: "s"))
                for operation in Self.operations {
                    try server.client.put("\(bucket)/k", "1")
                    let status = try operation.status(server, bucket, bearer)
                    let isAllowed = !permissions.isDisjoint(with: operation.permissions)
                    #expect(status == (isAllowed ? 200 : 403), "\(operation) with \(permissions.sorted())")
                }
            }
            #expect(try server.client.get("\(bucket)/k").text == "1")
        }
    }

    private struct Operation {
        let method: String
        let target: String
        var body: String?
        /// Those of which any will do.
        let permissions: Set<String>

        func status(_ server: ServerProcess, _ bucket: String, _ header: (String, String)) throws -> Int {
            if target.contains("watch=") { return try EventStream.status(server.port, bucket + target, [header]) }
            return try server.client.send(method, bucket + target, [header], body: body.map { Array($0.utf8) }).status
        }
    }

    private static let operations = [
        Operation(method: "GET", target: "/k", permissions: ["read"]),
        Operation(method: "HEAD", target: "/k", permissions: ["read"]),
        Operation(method: "PUT", target: "/k", body: "2", permissions: ["write"]),
        Operation(method: "POST", target: "/k", body: "2", permissions: ["write"]),
        Operation(method: "PATCH", target: "/k", body: "+1", permissions: ["write"]),
        Operation(method: "DELETE", target: "/k", permissions: ["write", "delete"]),
        Operation(method: "GET", target: "/", permissions: ["read", "enumerate"]),
        Operation(method: "GET", target: "/?values=true", permissions: ["read"]),
        Operation(method: "GET", target: "/?watch=true", permissions: ["read", "enumerate"]),
        Operation(method: "GET", target: "/?watch=true&values=true", permissions: ["read"]),
        Operation(method: "POST", target: "", body: #"{"txn":[{"get":"k"}]}"#, permissions: ["read"]),
        Operation(method: "POST", target: "", body: #"{"txn":[{"set":"k","value":1}]}"#, permissions: ["write"]),
        Operation(method: "POST", target: "", body: #"{"txn":[{"incr":"k"}]}"#, permissions: ["write"]),
        Operation(method: "POST", target: "", body: #"{"txn":[{"delete":"k"}]}"#, permissions: ["write", "delete"]),
        Operation(
            method: "POST", target: "", body: #"{"txn":[{"check":"none","version":null}]}"#,
            permissions: ["read", "write", "delete"]),
        Operation(method: "POST", target: "/tokens/", body: "permissions=read", permissions: []),
        Operation(method: "PATCH", target: "", body: "default_ttl=60", permissions: []),
        Operation(method: "DELETE", target: "/", permissions: []),
    ]
}
