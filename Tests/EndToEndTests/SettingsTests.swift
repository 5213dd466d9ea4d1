import Foundation
import Testing

/// What an operator sets, and what the program says of itself.
@Suite(.server)
struct SettingsTests {
    @Test func eachAnswerSaysWhereAClientStandsAndPastTheLimitIsA429() async throws {
        try await withServer(["--rate-limit", "10/h"]) { server in
            let bucket = try server.client.makeBucket()
            let requests: [() throws -> HTTPResponse] = [
                { try server.client.put("\(bucket)/k", "v") }, { try server.client.get("\(bucket)/k") },
                { try server.client.get("\(bucket)/missing") }, { try server.client.send("PUT", "/") },
                { try server.client.send("OPTIONS", "\(bucket)/k") }, { try server.client.get("\(bucket)/") },
                { try server.client.get("\(bucket)/?limit=0") }, { try server.client.send("HEAD", "\(bucket)/k") },
                { try server.client.send("PUT", "\(bucket)/k", body: [UInt8](repeating: 1, count: 16385)) },
            ]
            for (index, request) in requests.enumerated() {
                let response = try request()
                #expect(response.status != 429)
                #expect(response["X-Ratelimit-Limit"] == "10", "request \(index)")
                #expect(response["X-Ratelimit-Remaining"] == "\(8 - index)", "request \(index)")
                let reset = try #require(response["X-Ratelimit-Reset"].flatMap { Int($0) })
                #expect((3000...3600).contains(reset))
            }
            for _ in 0..<3 {
                let refused = try server.client.put("\(bucket)/k", "w")
                #expect(refused.status == 429)
                #expect(refused["X-Ratelimit-Remaining"] == "0")
                let wait = try #require(refused["Retry-After"].flatMap { Int($0) })
                #expect((3000...3600).contains(wait))
            }
        }
    }

    @Test func theLimitEndsWithItsWindow() async throws {
        try await withServer(["--rate-limit", "3/s"]) { server in
            var refusals = 0
            for _ in 0..<20 where try server.client.send("POST", "/").status == 429 { refusals += 1 }
            #expect(refusals > 0)
            let isOpen = try eventually(within: .seconds(5)) { try server.client.send("POST", "/").status == 200 }
            #expect(isOpen)
        }
    }

    @Test func aThousandRequestsAnHourAreTheDefaultAndNoneIsNoLimit() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("a"), environment: ["KVICK_RATE_LIMIT": ""])
        #expect(try server.client.send("POST", "/")["X-Ratelimit-Limit"] == "1000")
        #expect(try server.stop() == .code(0))
        try await withServer(["--rate-limit", "none"]) { server in
            let response = try server.client.send("POST", "/")
            #expect(!response.headers.contains { $0.name.lowercased().hasPrefix("x-ratelimit") })
        }
    }

    @Test func aForwardedAddressIsNotBelieved() async throws {
        try await withServer(["--rate-limit", "5/h"]) { server in
            var last = 0
            for index in 0..<8 {
                let response = try server.client.send("POST", "/", [("X-Forwarded-For", "10.0.0.\(index)")])
                last = response.status
            }
            #expect(last == 429)
        }
    }

    @Test func aWriteOpensABucketOnlyWhereTheOperatorAllowsIt() async throws {
        try await withServer { server in
            let response = try server.client.put("/my-own_bucket/k", "v")
            #expect(response.status == 404)
        }
        try await withServer(["--open-buckets"]) { server in
            let before = try server.client.get("/my-own_bucket/k")
            #expect(before.status == 404)
            #expect(try server.client.get("/my-own_bucket/").status == 404)
            #expect(try server.client.put("/my-own_bucket/k", "v").status == 200)
            #expect(try server.client.get("/my-own_bucket/k").text == "v")
            #expect(try server.client.get("/my-own_bucket/").text == "k\n")
            #expect(try server.client.patch("/counters-1/n", "+1").text == "1")
            #expect(try server.client.delete("/my-own_bucket/").status == 403)
            for id in ["short", "1234567", "dots.in.it", "sp%20ace-in-it", String(repeating: "x", count: 65)] {
                #expect(try server.client.put("/\(id)/k", "v").status == 404, "\(id)")
            }
        }
    }

    @Test func anOperatorSaysHowManyOperationsATransactionMayHave() async throws {
        try await withServer(["--max-transaction-size", "2"]) { server in
            let bucket = try server.client.makeBucket()
            let get = #"{"get":"k"}"#
            let full = try server.client.send("POST", bucket, body: Array(#"{"txn":[\#(get),\#(get)]}"#.utf8))
            #expect(full.status == 200)
            #expect(full.text == #"{"results":[{"value":null,"version":null},{"value":null,"version":null}]}"#)
            let more = try server.client.send("POST", bucket, body: Array(#"{"txn":[\#(get),\#(get),\#(get)]}"#.utf8))
            #expect(more.status == 400)
            #expect(more.text.contains("2"))
        }
    }

    @Test func environmentVariablesSetWhatFlagsDoNot() async throws {
        let folder = try TemporaryFolder()
        let port = try freePort()
        let variables = [
            "KVICK_PORT": "\(port)", "KVICK_RATE_LIMIT": "77/d", "KVICK_MAX_VALUE_SIZE": "3B",
            "KVICK_OPEN_BUCKETS": "true",
        ]
        var server = try ServerProcess(data: folder.file("data"), environment: variables)
        #expect(server.port == port)
        let response = try server.client.put("/any-bucket/k", "abc")
        #expect(response.status == 200)
        #expect(response["X-Ratelimit-Limit"] == "77")
        #expect(try server.client.put("/any-bucket/k", "abcd").status == 400)
        #expect(try server.stop() == .code(0))

        server = try ServerProcess(
            data: folder.file("data"), ["--port", "0", "--rate-limit", "88/h", "--max-value-size", "4B"],
            environment: variables)
        #expect(server.port != port)
        let second = try server.client.put("/any-bucket/k", "abcd")
        #expect(second.status == 200)
        #expect(second["X-Ratelimit-Limit"] == "88")
        #expect(try server.stop() == .code(0))
    }

    @Test func aFileSetsWhatNeitherFlagsNorVariablesDo() async throws {
        let folder = try TemporaryFolder()
        let file = folder.file("kvick.yaml")
        try Data("rate-limit: 66/h\nmax-value-size: 3B\nmax-key-size: 5B\n".utf8)
            .write(to: URL(fileURLWithPath: file))
        let server = try ServerProcess(
            data: folder.file("data"), ["--config", file, "--max-key-size", "7B"],
            environment: ["KVICK_RATE_LIMIT": "77/d"])
        let bucket = try server.client.makeBucket()
        let response = try server.client.put("\(bucket)/seven77", "abc")
        #expect(response.status == 200)
        #expect(response["X-Ratelimit-Limit"] == "77")
        #expect(try server.client.put("\(bucket)/k", "abcd").status == 400)
        #expect(try server.stop() == .code(0))

        let shown = try Kvick.run(
            ["config", "--max-key-size", "7B"],
            environment: ["KVICK_RATE_LIMIT": "77/d", "KVICK_CONFIG": file, "KVICK_KOT_PASSWORD": "hush-hush"])
        #expect(shown.status == .code(0), "\(shown.errorOutput)")
        let plain = shown.output.replacing(#/ +# /#, with: "  # ")
        for line in [
            "max-key-size: 7B  # --max-key-size", "rate-limit: 77/d  # KVICK_RATE_LIMIT",
            "max-value-size: 3B  # max-value-size in \(file):2", "port: 8080  # default",
            "# kot-password: ********  # KVICK_KOT_PASSWORD", "# admin-token:  # not set",
        ] {
            #expect(plain.contains(line), "\(line) in \(shown.output)")
        }
        #expect(!shown.output.contains("hush"))
    }

    @Test func aCheckTellsAllThatIsWrongAndTakesNothing() async throws {
        try await withServer { server in
            // A store and a port that are in use are those of the server that is to be restarted.
            let good = try Kvick.run(["config", "--check", "--data", server.data, "--port", "\(server.port)"])
            #expect(good.status == .code(0))
            #expect(good.output == "the settings are good\n" && good.errorOutput.isEmpty, "\(good.errorOutput)")
        }
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        #expect(try Kvick.run(["config", "--check", "--data", data]).status == .code(0))
        #expect(try Kvick.run(["config", "--check", "--data", data + "//"]).status == .code(0))
        #expect(!FileManager.default.fileExists(atPath: data))
        let flags = ["--data", data + "/in/none", "--host", "192.0.2.1", "--tls-cert", data, "--tls-key", data]
        let bad = try Kvick.run(["config", "--check"] + flags)
        #expect(bad.status == .code(1) && bad.output.isEmpty)
        let lines = bad.errorOutput.split(separator: "\n")
        try #require(lines.count == 3, "\(bad.errorOutput)")
        #expect(lines[0].contains("\(data) can't be read") && lines[1].contains("in/none"))
        #expect(lines[2].contains("192.0.2.1 is not an address"))
        #expect(try Kvick.run(["config", "--check", "--port", "x"]).status == .code(64))
    }

    @Test func aSecretMayBeInAFile() async throws {
        let folder = try TemporaryFolder()
        let file = folder.file("token")
        try Data("0123456789abcdef\n".utf8).write(to: URL(fileURLWithPath: file))
        let environment = ["KVICK_ADMIN_TOKEN_FILE": file]
        try await withServer(environment: environment) { server in
            let fields = [("Authorization", "Bearer 0123456789abcdef")]
            #expect(try server.client.send("GET", "/-/metrics", fields).status == 200)
            #expect(try server.client.get("/-/metrics").status == 401)
            let backup = try Kvick.run(["backup", folder.file("b"), "--url", server.url], environment: environment)
            #expect(backup.status == .code(0), "\(backup.errorOutput)")
        }
        let shown = try Kvick.run(["config"], environment: environment)
        #expect(shown.output.contains(file) && !shown.output.contains("0123456789abcdef"))

        for (mode, isWarned) in [(0o644, true), (0o600, false)] as [(mode_t, Bool)] {
            #expect(chmod(file, mode) == 0)
            let check = ["config", "--check", "--port", "0", "--data", folder.file("store")]
            let checked = try Kvick.run(check, environment: environment)
            #expect(checked.errorOutput.contains("anyone on this machine may read it; chmod 600 \(file)") == isWarned)
        }

        // What is given nearer wins, and of two in one place neither does.
        let nearer = try Kvick.run(["config", "--admin-token", "fedcba9876543210"], environment: environment)
        #expect(nearer.output.contains("# --admin-token\n"), "\(nearer.output)")
        let farther = try Kvick.run(
            ["config", "--admin-token-file", file], environment: ["KVICK_ADMIN_TOKEN": "fedcba9876543210"])
        #expect(farther.output.contains("# \(file) (--admin-token-file)\n"), "\(farther.output)")
        let both = try Kvick.run(["config", "--admin-token", "fedcba9876543210", "--admin-token-file", file])
        #expect(both.errorOutput.contains("--admin-token and --admin-token-file are both given"))
        let contents = [
            ("\n", "is empty"), ("0123456789\nabcdef", "one line"), ("0123456789\0abcdef", "one line"),
            ("short", "16 or more"),
            (String(repeating: "x", count: 70_000), "too large"),
        ]
        for (content, words) in contents {
            try Data(content.utf8).write(to: URL(fileURLWithPath: file))
            let refused = try Kvick.run(["config"], environment: environment)
            #expect(refused.status != .code(0) && refused.errorOutput.contains(words), "\(refused.errorOutput)")
            #expect(refused.errorOutput.contains(file) && !refused.errorOutput.contains("0123456789"))
        }
        let missing = try Kvick.run(["config", "--admin-token-file", folder.file("none")])
        #expect(missing.errorOutput.contains("--admin-token-file: \(folder.file("none")) can't be read"))
    }

    @Test func aRelativePathInAFileIsBesideItAndOneOfAFlagIsNot() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("kvick.yaml")
        try Data("data: store\ntls-cert: /c.pem\ntls-key: keys/k.pem\n".utf8).write(to: URL(fileURLWithPath: file))
        let shown = try Kvick.run(["config", "--config", file], workingFolder: "/")
        for line in ["data: \(folder.file("store"))", "tls-cert: /c.pem", "tls-key: \(folder.file("keys/k.pem"))"] {
            #expect(shown.output.contains(line + " "), "\(line) in \(shown.output)")
        }
        let flag = try Kvick.run(["config", "--config", file, "--data", "store"], workingFolder: "/")
        #expect(flag.output.contains("data: /store "), "\(flag.output)")
    }

    @Test func whatIsPrintedSaysTheSameWhereverItIs() throws {
        let folder = try TemporaryFolder()
        for name in ["c.pem", "secret"] { try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file(name))) }
        for flags in [
            ["--tls-cert", "c.pem", "--tls-key", "./k.pem", "--kot-password-file", "secret"], ["--data", "sub//"],
        ] {
            let printed = try Kvick.run(["config", "--json"] + flags, workingFolder: folder.path)
            try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: true)
            let file = folder.file("sub/kvick.yaml")
            let text = try Kvick.run(["config"] + flags, workingFolder: folder.path)
            try Data(text.output.utf8).write(to: URL(fileURLWithPath: file))
            let read = try Kvick.run(["config", "--json", "--config", file], workingFolder: "/")
            for name in ["data", "tls-cert", "tls-key", "kot-password-file"] {
                #expect(try Self.value(of: name, in: read) == Self.value(of: name, in: printed), "\(text.output)")
            }
            let current = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
            #expect(try Self.value(of: "data", in: read) == current + (flags[0] == "--data" ? "/sub" : "/kvick-data"))
        }
    }

    /// What `kvick config --json` says of a setting.
    private static func value(of name: String, in printed: ProgramResult) throws -> String? {
        let settings = try JSONSerialization.jsonObject(with: Data(printed.output.utf8)) as? [String: [String: Any]]
        return try #require(settings?[name], "\(printed.errorOutput)")["value"] as? String
    }

    @Test func whatIsNoSettingIsRefusedWithTheOneThatMayBeMeant() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("kvick.yaml")
        try Data("port: 0\nmax_key_size: 5B\n".utf8).write(to: URL(fileURLWithPath: file))
        let cases: [([String], [String: String], String)] = [
            (["--config", file], [:], "\(file):2: there is no setting 'max_key_size'; did you mean 'max-key-size'?"),
            (
                [], ["KVICK_MAX_KEYSIZE": "5B"],
                "there is no variable KVICK_MAX_KEYSIZE; did you mean 'KVICK_MAX_KEY_SIZE'?"
            ),
            ([], ["KVICK_COLOUR": "red"], "there is no variable KVICK_COLOUR; 'kvick config' lists the settings"),
            (["--max-keysize", "5B"], [:], "--max-key-size"),
            (["--config", folder.file("none")], [:], "none can't be read"),
        ]
        for (flags, environment, words) in cases {
            let refused = try Kvick.run(
                ["serve", "--port", "0", "--data", folder.file("data")] + flags, environment: environment)
            #expect(refused.status != .code(0))
            #expect(refused.errorOutput.contains(words), "\(refused.errorOutput)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("data")))
    }

    @Test func anOptionAlsoTurnsOffWhatAVariableTurnsOn() throws {
        let shown = try Kvick.run(
            ["config", "--no-access-log", "--no-open-buckets"],
            environment: ["KVICK_ACCESS_LOG": "true", "KVICK_OPEN_BUCKETS": "true"])
        #expect(shown.output.contains("access-log: false"), "\(shown.output)\(shown.errorOutput)")
        #expect(shown.output.contains("open-buckets: false"))
    }

    @Test func aPathHasNoControlCharacters() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("kvick.yaml")
        for name in ["data", "host", "tls-cert"] {
            try Data("\(name): \"a\\0b\"\n".utf8).write(to: URL(fileURLWithPath: file))
            let refused = try Kvick.run(["config", "--config", file])
            #expect(refused.status == .code(64), "\(name): \(refused.errorOutput)")
        }
    }

    @Test func whatKubernetesSetsForServicesIsNoSetting() throws {
        let names = [
            "KVICK_SERVICE_HOST", "KVICK_SERVICE_PORT_HTTP", "KVICK_PORT_8080_TCP", "KVICK_LB_PORT",
            "KVICK_LB_PORT_80_TCP",
            "KVICK_LB_PORT_80_UDP_ADDR", "KVICK_EXTERNAL_SERVICE_HOST", "KVICK_EXTERNAL_SERVICE_PORT",
        ]
        let variables = Dictionary(uniqueKeysWithValues: names.map { ($0, "tcp://10.0.0.1:8080") })
        #expect(try Kvick.run(["config"], environment: variables).status == .code(0))
        let refused = try Kvick.run(["config"], environment: ["KVICK_PORT": "tcp://10.0.0.1:8080"])
        #expect(refused.status == .code(64))
        #expect(refused.errorOutput.contains("enableServiceLinks: false"), "\(refused.errorOutput)")
    }

    @Test func theDataFolderComesFromItsVariableToo() async throws {
        let folder = try TemporaryFolder()
        let process = try ChildProcess(
            [Kvick.executable, "serve", "--port", "0"], environment: ["KVICK_DATA": folder.file("elsewhere")])
        let isMade = eventually(within: .seconds(30)) { process.output.contains("serves") }
        #expect(isMade)
        #expect(process.output.contains(folder.file("elsewhere")))
        process.signal(SIGTERM)
        #expect(try process.wait(upTo: .seconds(10)) == .code(0))
        #expect(FileManager.default.fileExists(atPath: folder.file("elsewhere/FORMAT")))
    }

    @Test func aRelativeDataFolderIsOneOfTheWorkingFolder() async throws {
        let folder = try TemporaryFolder()
        let process = try ChildProcess([Kvick.executable, "serve", "--port", "0"], workingFolder: folder.path)
        let isMade = eventually(within: .seconds(30)) { process.output.contains("serves") }
        #expect(isMade, "\(process.errorOutput)")
        process.signal(SIGINT)
        #expect(try process.wait(upTo: .seconds(10)) == .code(0))
        #expect(FileManager.default.fileExists(atPath: folder.file("kvick-data/FORMAT")))
    }

    @Test func theStartSaysWhatAReaderNeeds() async throws {
        try await withServer(["--durability", "relaxed", "--open-buckets"]) { server in
            let lines = server.process.output
            for text in [
                "http://127.0.0.1:\(server.port)", server.data, "128B", "16KiB", "curl", "relaxed", "open buckets",
            ] {
                #expect(lines.contains(text), "\(text)")
            }
            let response = try server.client.send("POST", "/")
            #expect(response.status == 200)
        }
    }

    @Test func versionAndHelpAreShortAndSayWhatIsNeeded() throws {
        let version = try Kvick.run(["--version"])
        #expect(version.status == .code(0))
        #expect(version.output.wholeMatch(of: /kvick \d+\.\d+\.\d+\n/) != nil, "\(version.output)")
        let help = try Kvick.run(["--help"])
        #expect(help.status == .code(0))
        for text in ["kvick serve", "curl", "serve"] { #expect(help.output.contains(text), "\(text)") }
        let serve = try Kvick.run(["serve", "--help"])
        #expect(serve.status == .code(0))
        for text in [
            "--host", "--port", "--data", "--rate-limit", "--max-key-size", "--max-value-size",
            "--max-transaction-size", "--durability", "--cache-size", "--history",
            "--log-level", "--open-buckets", "KVICK_", "8080", "kvick-data", "1000/h", "128B", "16KiB", "full",
            "relaxed",
        ] {
            #expect(serve.output.contains(text), "\(text)")
        }
    }

    private func freePort() throws -> Int {
        // Where a server that has ended has listened, another one can.
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        try server.stop()
        return server.port
    }
}
