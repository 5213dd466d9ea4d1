import Foundation
import Testing

/// The commands for buckets and keys against a server, as people and scripts use them.
@Suite(.server)
struct ClientCommandTests {
    @Test func keysAreSetPrintedCountedListedAndDeleted() async throws {
        try await withClient { client in
            let id = try client.output("bucket", "create").trimmingCharacters(in: .newlines)
            #expect(try client.output("set", id, "hello", "world") == "")
            #expect(try client.output("get", id, "hello") == "world")
            let json = try client.output("get", id, "hello", "--json")
            let version = try #require(json.firstMatch(of: /"version":"(\d+)"/)?.1)
            #expect(
                json
                    == #"{"key":"hello","value":"world","type":"text/plain; charset=utf-8","version":"\#(version)"}"#
                    + "\n")
            #expect(try client.failure("get", id, "nope", code: 2) == "kvick: there is no key nope in \(id)\n")
            #expect(try client.output("set", id, "hello", "again", "--if-version", String(version)) == "")
            #expect(
                try client.failure("set", id, "hello", "x", "--if-version", String(version), code: 3).contains("is at"))
            #expect(try client.failure("set", id, "hello", "x", "--if-absent", code: 3).contains("hello is at version"))
            #expect(try client.output("incr", id, "a/é %") == "1\n")
            #expect(try client.output("incr", id, "a/é %", "-2.5") == "-1.5\n")
            #expect(try client.failure("incr", id, "hello", code: 1).contains("number"))
            let piped = try client.shell(
                "printf 'a\\377\\n' | \(Kvick.executable) set \(id) .. && \(Kvick.executable) get \(id) .. | od -An -tx1"
            )
            #expect(piped.output.split(separator: " ").joined(separator: " ") == "61 ff 0a\n")
            #expect(try client.output("list", id) == "..\na/é %\nhello\n")
            #expect(try client.output("list", id, "a", "--values") == "a/é %=-1.5\n")
            #expect(try client.output("list", id, "--reverse", "--limit", "2", "--json") == "[\"hello\",\"a/é %\"]\n")
            #expect(try client.output("list", id, "none", "--json") == "[]\n")
            #expect(try client.failure("delete", id, "hello", "none", "..", code: 2).contains("no key none"))
            #expect(try client.output("list", id) == "a/é %\n")
        }
    }

    @Test func aKeyThatIsNoLineIsNotSent() throws {
        let refused = try Kvick.run(
            ["get", "bucket", "k", "--url", "http://127.0.0.1:1"], environment: ["KVICK_KEY": "a\r\nb"])
        #expect(refused.status == .code(64))
        #expect(refused.errorOutput.contains("KVICK_KEY must be one line"), "\(refused.errorOutput)")
    }

    @Test func aServerSaysWhetherItIsAlive() async throws {
        try await withClient { client in
            let answer = try client.output("health")
            #expect(answer == "ok\n")
            let failure = try client.failure("health", "--url", "http://127.0.0.1:1", code: 5)
            #expect(failure.contains("can't reach"))
        }
    }

    @Test func transactionsAndTokensAreMade() async throws {
        try await withClient { client in
            let id = try client.output(
                "bucket", "create", "--secret-key", "s", "--read-key", "r", "--write-key", "w", "--signing-key",
                "0123456789abcdef0123456789abcdef"
            ).trimmingCharacters(in: .newlines)
            let set = #"[{"set":"u:1","value":{"a":1}},{"incr":"n"}]"#
            #expect(try client.output("txn", id, set, "--key", "w").hasPrefix(#"{"results":["#))
            let check = #"[{"check":"u:1","version":null},{"delete":"n"}]"#
            #expect(try client.failure("txn", id, check, "--key", "w", code: 3).contains("txn[0]"))
            #expect(try client.failure("get", id, "n", "--key", "w", code: 4).contains("read_key"))
            #expect(try client.failure("get", id, "n", code: 4).contains("KVICK_KEY"))
            let token = try client.output(
                "token", id, "--prefix", "u:", "--permissions", "read", "--ttl", "10m", "--key", "s"
            ).trimmingCharacters(in: .newlines)
            #expect(try client.output("get", id, "u:1", "--key", token) == #"{"a":1}"#)
            #expect(try client.failure("get", id, "n", "--key", token, code: 4).contains("token"))
        }
    }

    @Test func aListGoesOnPastWhatOneAnswerHas() async throws {
        try await withServer(["--max-transaction-size", "10000"]) { server in
            let client = try ClientCommands(server: server.url)
            let id = try client.output("bucket", "create").trimmingCharacters(in: .newlines)
            for keys in [100_000..<110_000, 110_000..<110_002] {
                try client.write(
                    "operations", "[\(keys.map { #"{"set":"k\#($0)","value":1}"# }.joined(separator: ","))]")
                _ = try client.output("txn", id, "operations")
            }
            let all = try client.output("list", id).split(separator: "\n")
            #expect(all.count == 10_002 && all.first == "k100000" && all.last == "k110001")
            let some = try client.output("list", id, "--limit", "10001", "--jsonl").split(separator: "\n")
            #expect(some.count == 10_001 && some.last == "\"k110000\"")
        }
    }

    @Test func aBucketIsKeptUnderANameAndManaged() async throws {
        try await withClient { client in
            let id = try client.output("bucket", "create", "--save", "visits", "--default-ttl", "2h")
                .trimmingCharacters(in: .newlines)
            let mode = try FileManager.default.attributesOfItem(atPath: client.configuration)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(try client.failure("bucket", "create", "--save", "visits", code: 1).contains("another name"))
            #expect(try client.output("bucket", "list").contains("visits  \(id)  \(client.server)"))
            #expect(try client.output("bucket", "show", "visits").contains("default ttl  2h\nsecret key   set\n"))
            #expect(try client.output("bucket", "set", "visits", "--read-key", "peek", "--default-ttl", "never") == "")
            let shown = try client.output("bucket", "show", "visits", "--json")
            #expect(shown.contains(#""default_ttl":0,"secret_key":true,"read_key":true,"#) && !shown.contains("peek"))
            #expect(try client.output("set", "visits", "hello", "world") == "")
            #expect(try client.output("get", id, "hello", "--key", "peek") == "world")
            #expect(try client.failure("get", "vists", "hello", code: 2).contains("did you mean 'visits'?"))
            chmod(client.configuration, 0o644)
            let warned = try client.run(["get", "visits", "hello"])
            #expect(warned.output == "world" && warned.errorOutput.contains("chmod 600"))
            chmod(client.configuration, 0o600)
            #expect(try client.failure("bucket", "delete", "visits", code: 64).contains("--yes"))
            let kept = try client.typing("n\n", "bucket", "delete", "visits")
            #expect(kept.output.contains("? [y/N] ") && kept.output.hasSuffix("nothing was deleted\r\n1 True\n"))
            #expect(try client.run(["bucket", "delete", "visits", "--yes"]).status == .code(0))
            #expect(try client.failure("get", "visits", "hello", code: 2).contains("deleted"))
        }
    }

    @Test func aBucketThatIsThereIsKeptUnderANameAndForgotten() async throws {
        try await withClient { client in
            let id = try client.output("bucket", "create", "--secret-key", "s", "--read-key", "r")
                .trimmingCharacters(in: .newlines)
            #expect(try client.failure("bucket", "save", "nope", "visits", code: 2).contains("no bucket nope"))
            #expect(try client.failure("bucket", "save", id, "visits", "--key", "x", code: 4).contains("check --key"))
            #expect(try client.failure("bucket", "save", id, "visits", code: 4).contains("--key"))
            #expect(try client.output("bucket", "save", id, "open", "--key", "") == "")
            #expect(try client.failure("list", "open", code: 4).contains("read_key"))
            #expect(try client.output("bucket", "save", id, "visits", "--key", "r") == "")
            #expect(try client.output("list", "visits") == "")
            // Under a second name, with all that belongs to the first.
            #expect(try client.output("bucket", "save", "visits", "again") == "")
            #expect(try client.output("list", "again") == "")
            #expect(try client.failure("bucket", "save", id, "open", "--key", "", code: 1).contains("bucket forget"))
            let place = "\(id) on \(client.server)"
            #expect(try client.output("bucket", "forget", "open") == "open is forgotten: \(place)\n")
            #expect(try client.failure("bucket", "forget", "visit", code: 2).contains("did you mean 'visits'?"))
            #expect(try client.failure("bucket", "forget", "visits", code: 64).contains("--yes"))
            let kept = try client.typing("n\n", "bucket", "forget", "visits")
            #expect(kept.output.contains("? [y/N] ") && kept.output.hasSuffix("nothing was forgotten\r\n1 True\n"))
            #expect(try client.output("bucket", "forget", "visits", "--yes").hasSuffix("\(place), with its key\n"))
            #expect(try client.output("bucket", "list", "--json").hasPrefix(#"[{"name":"again","id":"\#(id)","#))
        }
    }

    @Test func aKeyThatABucketDoesNotKnowIsNotKept() async throws {
        try await withClient { client in
            for keys in [[], ["--read-key", "r"], ["--write-key", "w"]] {
                let id = try client.run(["bucket", "create"] + keys).success(of: keys).trimmingCharacters(in: .newlines)
                #expect(try client.failure("bucket", "save", id, "x", "--key", "no", code: 4).contains("check --key"))
                guard let key = keys.last else { continue }
                #expect(try client.output("bucket", "save", id, key, "--key", key) == "")
            }
        }
    }

    @Test func aSavedKeyGoesToNoServerOfTheEnvironment() async throws {
        try await withClient { client in
            let id = try client.output("bucket", "create", "--save", "x", "--read-key", "r")
                .trimmingCharacters(in: .newlines)
            // The environment names another server than the file, where the key would do.
            try client.write(
                "config/client.yaml", "url: http://kvick.example\nbuckets:\n  visits: {id: \(id), key: r}\n")
            let failure = try client.failure("list", "visits", code: 4)
            #expect(failure.contains("is for http://kvick.example, so give one as KVICK_KEY or with --key"))
            #expect(try client.failure("list", "visits", "--url", client.server, code: 4).contains("so give one"))
            #expect(try client.output("list", "visits", "--key", "r") == "")
        }
    }

    @Test func aTerminalIsAskedForTheKeyAndShownNoControlCharacters() async throws {
        try await withClient { client in
            let id = try client.output("bucket", "create", "--secret-key", "s", "--read-key", "r")
                .trimmingCharacters(in: .newlines)
            #expect(try client.output("set", id, "k", "a\u{1B}[31mb") == "")
            let typed = try client.typing("r\n", "get", id, "k")
            #expect(typed.output == "Key of \(id): \r\na?[31mb\r\n0 True\n")
            let listed = try client.typing("r\n", "list", id, "--values")
            #expect(listed.output == "Key of \(id): \r\n\u{1B}[1mk\u{1B}[0m=a?[31mb\r\n0 True\n")
        }
    }

    @Test func aWatchGoesOnWhenTheServerComesBack() async throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.file("data"))
        let client = try ClientCommands(server: server.url)
        let id = try client.output("bucket", "create").trimmingCharacters(in: .newlines)
        let watch = try client.start(["watch", id, "--values", "--prefix", "w"])
        // It begins with what comes after it.
        var count = 0
        #expect(
            try eventually(within: .seconds(10)) {
                count += 1
                _ = try client.output("set", id, "w", String(count))
                return watch.output.contains("set w=")
            })
        try server.kill()
        let next = try ServerProcess(data: folder.file("data"), ["--port", String(server.port)])
        _ = try client.output("delete", id, "w")
        #expect(eventually(within: .seconds(20)) { watch.output.hasSuffix("delete w\n") })
        #expect(watch.errorOutput.contains("; connecting again"))
        watch.signal(SIGINT)
        #expect(try watch.wait(upTo: .seconds(10)) == .signal(SIGINT))
        #expect(try client.failure("watch", "none", code: 2).contains("no bucket none"))
        #expect(try next.stop() == .code(0))
        #expect(try client.failure("watch", id, code: 5).contains("is the server running?"))
    }

    @Test func aShellCompletesCommandsOptionsAndBuckets() async throws {
        try await withClient { client in
            _ = try client.output("bucket", "create", "--save", "visits")
            try client.write("complete.sh", ClientCommands.completion)
            let completed = try client.run(program: ["bash", "complete.sh", Kvick.executable])
            #expect(completed.output == "watch\nvisits\nvisits\n--reverse\n", "\(completed.errorOutput)")
            for shell in ["zsh", "fish"] { #expect(try client.output("completions", shell).contains("kvick")) }
        }
    }

    /// Calls `body` with the commands for a server of their own.
    private func withClient(_ body: (ClientCommands) throws -> Void) async throws {
        try await withServer { server in try body(ClientCommands(server: server.url)) }
    }
}
