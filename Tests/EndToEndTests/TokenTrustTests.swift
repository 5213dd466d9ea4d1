import Foundation
import Testing

/// Which tokens are believed, for how long, and who learns of them.
@Suite(.server)
struct TokenTrustTests {
    private let signingKey = "a-signing-key-with-ümlaut"

    /// Runs `body` with a bucket that anyone may read, a key in it, and a function that gives the status for a token.
    private func withBucket(
        _ body: (ServerProcess, _ bucket: String, _ answer: (String) throws -> HTTPResponse) throws -> Void
    ) async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&signing_key=\(percentEncoded(signingKey.utf8))")
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            let connection = try Connection(port: server.port)
            try body(server, bucket) { token in
                try connection.write(Client.request("GET", "\(bucket)/k", [Authorization.bearer(token)]))
                return try connection.readResponse()
            }
        }
    }

    @Test func whoHasTheSigningKeyCanMakeATokenToo() async throws {
        try await withBucket { _, bucket, answer throws in
            let claims = AccessToken.claims(bucket)
            for header in [
                AccessToken.header, #"{"alg":"HS256"}"#, #"{"typ":"jwt","alg":"HS256"}"#,
                #" { "alg" : "HS256" , "kid" : "1" } "#,
            ] {
                #expect(
                    try answer(AccessToken.signed(claims, header: header, key: signingKey)).status == 200, "\(header)")
            }
            let now = Int(Date().timeIntervalSince1970)
            let changes: [[String: String?]] = [
                ["iat": nil], ["nbf": "\(now - 10)"], ["sub": "\"someone\""], ["exp": "\(now + 100).5"],
            ]
            for changes in changes {
                let claims = AccessToken.claims(bucket, changing: changes)
                #expect(try answer(AccessToken.signed(claims, key: signingKey)).status == 200, "\(claims)")
            }
        }
    }

    @Test func noTokenWithAnotherHeaderIsBelieved() async throws {
        try await withBucket { _, bucket, answer throws in
            let claims = AccessToken.claims(bucket)
            for header in [
                #"{"alg":"none"}"#, #"{"alg":"None","typ":"JWT"}"#, #"{"alg":"HS512","typ":"JWT"}"#,
                #"{"alg":"RS256","typ":"JWT"}"#, #"{"alg":"hs256","typ":"JWT"}"#, #"{"typ":"JWT"}"#, #"{"alg":null}"#,
                #"{"alg":["HS256"]}"#, #"{"alg":"HS256","typ":"JWE"}"#, #"{"alg":"HS256","crit":["exp"]}"#,
                #"["HS256"]"#, "HS256", "", "{",
            ] {
                let token = AccessToken.signed(claims, header: header, key: signingKey)
                #expect(try answer(token).status == 401, "\(header)")
                let unsigned = token.split(separator: ".", omittingEmptySubsequences: false).dropLast()
                #expect(try answer(unsigned.joined(separator: ".") + ".").status == 401, "\(header) unsigned")
            }
            for header in [AccessToken.header, #"{"alg":"HS512","typ":"JWT"}"#] {
                let token = AccessToken.signedWithSHA512(claims, header: header, key: signingKey)
                #expect(try answer(token).status == 401, "\(header) with SHA-512")
            }
        }
    }

    @Test func noTokenWithOtherClaimsIsBelieved() async throws {
        try await withBucket { server, bucket, answer throws in
            let other = try server.client.makeBucket("secret_key=s&signing_key=\(percentEncoded(signingKey.utf8))")
            let now = Int(Date().timeIntervalSince1970)
            let changes: [[String: String?]] = [
                ["aud": "\"\(other.dropFirst())\""], ["aud": "[\"\(bucket.dropFirst())\"]"], ["aud": nil],
                ["aud": "\"\""],
                ["exp": nil], ["exp": "\(now - 1)"], ["exp": "\"\(now + 3600)\""], ["exp": "null"], ["exp": "-1"],
                ["nbf": "\(now + 3600)"], ["nbf": "\"x\""], ["permissions": nil], ["permissions": "[]"],
                ["permissions": #"["admin"]"#], ["permissions": #"["read","admin"]"#], ["permissions": "\"read\""],
                ["prefix": nil], ["prefix": "null"], ["prefix": "1"], ["prefix": #"{"base64":"?"}"#],
            ]
            for change in changes {
                let claims = AccessToken.claims(bucket, changing: change)
                #expect(try answer(AccessToken.signed(claims, key: signingKey)).status == 401, "\(claims)")
            }
            for claims in ["", "{", "[]", "null", AccessToken.claims(bucket) + "x"] {
                #expect(try answer(AccessToken.signed(claims, key: signingKey)).status == 401, "\(claims)")
            }
            for key in ["", "another", signingKey + " "] {
                let token = AccessToken.signed(AccessToken.claims(bucket), key: key)
                #expect(try answer(token).status == 401, "signed with \(key)")
            }
            let made = try server.client.makeToken(other, "permissions=read", secret: "s")
            #expect(try server.client.get("\(other)/", [Authorization.bearer(made)]).status == 200)
            #expect(try answer(made).status == 401)
        }
    }

    @Test func noTokenWithAChangedBitIsBelieved() async throws {
        try await withBucket { server, bucket, answer throws in
            let token = try server.client.makeToken(bucket, "permissions=read", secret: "s")
            #expect(try answer(token).status == 200)
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
            let octets = Array(token.utf8)
            for index in octets.indices {
                guard let place = alphabet.firstIndex(of: octets[index]) else { continue }
                for bit in 0..<6 {
                    var changed = octets
                    changed[index] = alphabet[place ^ 1 << bit]
                    let status = try answer(String(decoding: changed, as: UTF8.self)).status
                    #expect(status == 401, "bit \(bit) of place \(index)")
                }
            }
            let parts = token.split(separator: ".").map(String.init)
            let (content, signature) = ("\(parts[0]).\(parts[1])", parts[2])
            let changed: [String] = [
                "\(token)=", "\(token).", ".\(token)", "\(token).x", "\(token)A", String(token.dropLast()), content,
                "\(content).", "\(parts[0])=.\(parts[1]).\(signature)", "\(content)..\(signature)",
                String(repeating: "A", count: 9000), "\(content).\(String(repeating: "A", count: 9000))",
            ]
            for token in changed {
                #expect(try answer(token).status == 401, "\(token)")
            }
            #expect(try answer(token).status == 200)
        }
    }

    @Test func aTokenEndsAtItsTimeAndSaysSo() async throws {
        try await withBucket { server, bucket, answer throws in
            let token = try server.client.makeToken(bucket, "permissions=read&ttl=4", secret: "s")
            #expect(try answer(token).status == 200)
            let isOver = try eventually(within: .seconds(10)) { try answer(token).status != 200 }
            #expect(isOver)
            let refusal = try answer(token)
            #expect(refusal.status == 401)
            #expect(refusal["WWW-Authenticate"] != nil)
            #expect(refusal.text.contains("expired"))
        }
    }

    @Test(arguments: ["signing_key=another", "signing_key="])
    func aChangedSigningKeyEndsAllTokensAndTheirWatchesAtOnce(change: String) async throws {
        try await withBucket { server, bucket, answer throws in
            let token = try server.client.makeToken(bucket, "permissions=read", secret: "s")
            #expect(try answer(token).status == 200)
            let stream = try EventStream(server.port, "\(bucket)/?watch=true", [Authorization.bearer(token)])
            let other = try EventStream(server.port, "\(bucket)/?watch=true&key=s")
            #expect(try server.client.patch("\(bucket)?key=s", change).status == 200)
            #expect(try answer(token).status == 401)
            #expect(try stream.readToEnd().isEmpty)
            // One that has nothing to do with tokens goes on.
            #expect(try server.client.put("\(bucket)/k", "w").status == 200)
            #expect(try other.readEvents(1).map { try $0.summary() } == ["set k"])
        }
    }

    @Test func noTokenAndNoSigningKeyIsPrintedOrStored() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--log-level", "trace"])
        let keys = ["plainly-visible-secret-8f3a", "plainly-visible-signing-8f3a"]
        let bucket = try server.client.makeBucket("secret_key=\(keys[0])&signing_key=\(keys[1])")
        let token = try server.client.makeToken(bucket, "permissions=read,write&ttl=60", secret: keys[0])
        let forged = AccessToken.signed(AccessToken.claims(bucket), key: "plainly-visible-other-8f3a")
        let key = "a-key-that-is-stored"
        for token in [token, forged] {
            for header in [Authorization.basic(token), Authorization.bearer(token)] {
                try server.client.put("\(bucket)/\(key)", "v", [header])
                try server.client.get("\(bucket)/", [header])
                try server.client.transact(bucket, [#"{"set":"k","value":1}"#], [header])
                _ = try EventStream.status(server.port, "\(bucket)/?watch=true", [header])
            }
            try server.client.get("\(bucket)/k?key=\(token)")
            try server.client.get("\(bucket)/k?access_token=\(token)")
        }
        #expect(
            try server.client.patch("\(bucket)?key=\(keys[0])", "signing_key=plainly-visible-next-8f3a").status == 200)
        #expect(try server.stop() == .code(0))
        // What the search would miss if it looked in the wrong place.
        #expect(try !Folder.files(server.data, containing: key).isEmpty)
        let printed = server.process.output + server.process.errorOutput
        let visible = "plainly-visible"
        let parts = (token.split(separator: ".") + forged.split(separator: ".")).map(String.init)
        let secrets = [visible, Data(visible.utf8).base64EncodedString()] + parts
        for secret in secrets + [token, forged].map({ Data("\($0):".utf8).base64EncodedString() }) {
            #expect(!printed.contains(secret), "\(secret)")
            #expect(try Folder.files(server.data, containing: secret).isEmpty, "\(secret)")
        }
    }
}
