import Foundation
import Testing

/// Who may do what with a bucket, in each way to show a key.
@Suite(.server)
struct AccessTests {
    /// Which keys a bucket has.
    struct Keys: CustomTestStringConvertible {
        let secret: Bool
        let read: Bool
        let write: Bool

        static let all = [false, true].flatMap { secret in
            [false, true].flatMap { read in
                [false, true].map { write in Keys(secret: secret, read: read, write: write) }
            }
        }

        var testDescription: String {
            let names = [secret ? "secret" : nil, read ? "read" : nil, write ? "write" : nil].compactMap { $0 }
            return names.isEmpty ? "no keys" : names.joined(separator: ", ")
        }
    }

    enum Shown: String, CaseIterable {
        case none, secret, read, write, wrong

        var key: String { "\(rawValue)-key/+ü" }
    }

    enum Way: CaseIterable {
        case basic, keyParameter, tokenParameter, bearer
    }

    enum Operation: CaseIterable {
        case read, write, increment, list, manage
    }

    @Test(arguments: Keys.all) func eachKeyReachesWhatTheTableSays(keys: Keys) async throws {
        try await withServer { server in
            var form = "email=user@example.com"
            if keys.secret { form += "&secret_key=\(percentEncoded(Shown.secret.key.utf8))" }
            if keys.read { form += "&read_key=\(percentEncoded(Shown.read.key.utf8))" }
            if keys.write { form += "&write_key=\(percentEncoded(Shown.write.key.utf8))" }
            let bucket = try server.client.makeBucket(form)
            let connection = try Connection(port: server.port)
            func check(_ operation: Operation, _ shown: Shown, _ way: Way) throws {
                try connection.write(request(operation, bucket, shown, way))
                let response = try connection.readResponse()
                let expected = expectedStatus(operation, shown, keys)
                #expect(response.status == expected, "\(operation) with \(shown) as \(way): \(response.text)")
                #expect(
                    (response["WWW-Authenticate"] != nil) == (expected == 401), "\(operation) with \(shown) as \(way)")
            }
            // The first writes make the key that the reads then find.
            for operation in [Operation.write, .increment, .read, .list, .manage] {
                for shown in Shown.allCases {
                    for way in shown == .none ? [.basic] : Way.allCases { try check(operation, shown, way) }
                }
            }
        }
    }

    @Test func aWrongKeyDeletesNoBucket() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=s&read_key=r&write_key=w")
            #expect(try server.client.delete(bucket).status == 401)
            #expect(try server.client.delete("\(bucket)/?key=wrong").status == 401)
            #expect(try server.client.delete("\(bucket)/?key=w").status == 403)
            #expect(try server.client.delete("\(bucket)/?key=r").status == 403)
            #expect(try server.client.delete("\(bucket)/?key=s").status == 200)
        }
    }

    @Test func aKeyIsNotTakenFromAnotherBucket() async throws {
        try await withServer { server in
            let first = try server.client.makeBucket("secret_key=one&read_key=r1")
            let second = try server.client.makeBucket("secret_key=two&read_key=r2")
            #expect(try server.client.get("\(first)/?key=one").status == 200)
            #expect(try server.client.get("\(second)/?key=one").status == 401)
            #expect(try server.client.get("\(second)/?key=r1").status == 401)
        }
    }

    @Test func aCredentialThatCannotBeReadIsRefused() async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket()
            #expect(try server.client.put("\(bucket)/k", "v").status == 200)
            for value in ["Basic !!!", "Basic \(Data("nocolon".utf8).base64EncodedString())", "Digest x", "Negotiate"] {
                #expect(try server.client.get("\(bucket)/k", [("Authorization", value)]).status == 401, "\(value)")
            }
            let password = ("Authorization", "Basic \(Data("key:password".utf8).base64EncodedString())")
            #expect(try server.client.get("\(bucket)/k", [password]).status == 401)
        }
    }

    @Test func noSecretIsPrintedOrStored() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"), ["--log-level", "trace"])
        let names = ["secret_key", "read_key", "write_key", "signing_key"]
        let secrets = names.map { "plainly-visible-\($0)-8f3a" }
        let form = zip(names, secrets).map { "\($0)=\($1)" }.joined(separator: "&")
        let bucket = try server.client.makeBucket(form)
        for secret in secrets + ["plainly-visible-wrong-8f3a"] {
            for header in [Authorization.basic(secret), Authorization.bearer(secret)] {
                try server.client.put("\(bucket)/k", "v", [header])
                try server.client.get("\(bucket)/", [header])
            }
            try server.client.get("\(bucket)/k?key=\(secret)")
            try server.client.get("\(bucket)/k?access_token=\(secret)")
        }
        let changed = "plainly-visible-changed-8f3a"
        #expect(try server.client.patch("\(bucket)?key=\(secrets[0])", "secret_key=\(changed)").status == 200)
        #expect(try server.client.get("\(bucket)/?key=\(secrets[0])").status == 401)
        #expect(try server.client.get("\(bucket)/?key=\(changed)").status == 200)
        let key = "a-key-that-is-stored"
        #expect(try server.client.put("\(bucket)/\(key)?key=\(changed)", "v").status == 200)
        #expect(try server.stop() == .code(0))
        // What the search would miss if it looked in the wrong place.
        #expect(try !Folder.files(server.data, containing: key).isEmpty)
        #expect(try Folder.files(server.data, containing: "plainly-visible").isEmpty)
        let printed = server.process.output + server.process.errorOutput
        #expect(!printed.contains("plainly-visible"))
        let base64 = Data("plainly-visible".utf8).base64EncodedString()
        #expect(!printed.contains(base64))
        #expect(try Folder.files(server.data, containing: base64).isEmpty)
    }

    // MARK: Requests and what they should give

    private func request(_ operation: Operation, _ bucket: String, _ shown: Shown, _ way: Way) -> [UInt8] {
        var headers: [(String, String)] = []
        var query = ""
        if shown != .none {
            switch way {
            case .basic: headers = [Authorization.basic(shown.key)]
            case .bearer: headers = [Authorization.bearer(shown.key)]
            case .keyParameter: query = "?key=\(percentEncoded(shown.key.utf8))"
            case .tokenParameter: query = "?access_token=\(percentEncoded(shown.key.utf8))"
            }
        }
        return switch operation {
        case .read: Client.request("GET", "\(bucket)/counter\(query)", headers)
        case .write: Client.request("PUT", "\(bucket)/counter\(query)", headers, body: Array("7".utf8))
        case .increment: Client.request("PATCH", "\(bucket)/counter\(query)", headers, body: Array("+1".utf8))
        case .list: Client.request("GET", "\(bucket)/\(query)", headers)
        case .manage: Client.request("PATCH", "\(bucket)\(query)", headers, body: Array("default_ttl=3600".utf8))
        }
    }

    private func expectedStatus(_ operation: Operation, _ shown: Shown, _ keys: Keys) -> Int {
        if operation == .manage, !keys.secret { return 403 }
        let allowed: [Shown]?
        switch operation {
        case .read: allowed = keys.read ? [.read, .secret] : nil
        case .write, .increment: allowed = keys.write ? [.write, .secret] : nil
        case .list: allowed = keys.read ? [.read, .secret] : keys.secret ? [.secret] : nil
        case .manage: allowed = [.secret]
        }
        let isKnown =
            switch shown {
            case .none: true
            case .secret: keys.secret
            case .read: keys.read
            case .write: keys.write
            case .wrong: false
            }
        guard isKnown else { return 401 }
        guard let allowed else { return 200 }
        if shown == .none { return 401 }
        return allowed.contains(shown) ? 200 : 403
    }
}
