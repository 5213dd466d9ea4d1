import Foundation
import Testing

/// `kvick script` with a server, and its tests without one.
@Suite(.server)
struct ScriptCommandTests {
    @Test func scriptsAreUploadedListedPrintedAndDeleted() async throws {
        try await withScripts { scripts in
            let bucket = scripts.bucket
            try scripts.write("hello.lua", ScriptCommands.hello)
            #expect(try scripts.output("put", bucket, "hello.lua") == scripts.url("hello") + "\n")
            #expect(try scripts.output("put", bucket, "Other_1.x", "hello.lua") == scripts.url("Other_1.x") + "\n")
            let piped = try scripts.shell("printf 'return 1' | \(Kvick.executable) script put \(bucket) piped -")
            #expect(piped.output == scripts.url("piped") + "\n")
            #expect(try scripts.output("get", bucket, "piped") == "return 1")
            #expect(try scripts.output("get", bucket, "Other_1.x") == ScriptCommands.hello)

            let lines = try scripts.output("list", bucket).split(separator: "\n")
            #expect(lines.map { $0.split(separator: " ").first } == ["NAME", "Other_1.x", "hello", "piped"])
            let json = Data(try scripts.output("list", bucket, "--json").utf8)
            let entries = try #require(try JSONSerialization.jsonObject(with: json) as? [[String: Any]])
            let size = ScriptCommands.hello.utf8.count
            #expect(entries.map { $0["size"] as? Int } == [size, size, 8])
            #expect(entries.allSatisfy { ($0["updated"] as? String)?.contains("T") == true })

            #expect(try scripts.output("delete", bucket, "piped") == "")
            #expect(try scripts.output("list", bucket).contains("piped") == false)
            for command in ["get", "delete"] {
                let missing = try scripts.failure(command, bucket, "piped", code: 2)
                #expect(missing.contains("no script piped; 'kvick script list'"))
            }
            #expect(try scripts.failure("run", bucket, "piped", code: 2).contains("no script piped in"))
        }
    }

    @Test func aScriptIsRunWithParametersABodyAndAToken() async throws {
        try await withScripts { scripts in
            try scripts.write("echo.lua", ScriptCommands.echo)
            _ = try scripts.output("put", scripts.bucket, "echo.lua")
            #expect(try scripts.output("run", scripts.bucket, "echo") == "GET nobody")
            #expect(try scripts.output("run", scripts.bucket, "echo", "name=a&b +é%") == "GET a&b +é%")
            try scripts.write("body", "four")
            #expect(try scripts.output("run", scripts.bucket, "echo", "--body", "body", "name=Ann") == "POST Ann four")
            try scripts.write("body.json", #"{"name": "Bob"}"#)
            #expect(
                try scripts.output("run", scripts.bucket, "echo", "--body", "body.json") == #"POST Bob {"name": "Bob"}"#
            )
            try scripts.write("form", "name=C%20D")
            let form = try scripts.output(
                "run", scripts.bucket, "echo", "--body", "form", "--content-type", "application/x-www-form-urlencoded")
            #expect(form == "POST C D name=C%20D")
            let whole = try scripts.output("run", scripts.bucket, "echo", "-i", "--method", "post")
            #expect(whole.hasPrefix("HTTP/1.1 200 OK\n") && whole.hasSuffix("\n\nPOST nobody"))
            #expect(try scripts.failure("run", scripts.bucket, "echo", "--token", "none", code: 4).contains("token"))
        }
    }

    @Test func anAnswerOfAnErrorIsCode1AndGoesToStandardErrorUnlessAskedFor() async throws {
        try await withScripts { scripts in
            try scripts.write("teapot.lua", ScriptCommands.teapot)
            _ = try scripts.output("put", scripts.bucket, "teapot.lua")
            let error = try scripts.run(["run", scripts.bucket, "teapot"])
            #expect(error.status == .code(1) && error.output == "")
            #expect(error.errorOutput == "kvick: short and ?[1mstout\n")
            let whole = try scripts.run(["run", scripts.bucket, "teapot", "-i"])
            #expect(whole.status == .code(1) && whole.output.hasSuffix("\n\nshort and\n\u{1B}[1mstout\n"))
            #expect(whole.errorOutput.contains(" answered 418"))
        }
    }

    @Test func aRedirectIsToldOnStandardErrorUnlessTheHeadIsShown() async throws {
        try await withScripts { scripts in
            try scripts.write("go.lua", "kvdb.redirect('/x/guestbook', 303)")
            _ = try scripts.output("put", scripts.bucket, "go.lua")
            for command in [["run", scripts.bucket, "go"], ["test", "go.lua"]] {
                let result = try scripts.run(command)
                #expect(result.status == .code(0) && result.output == "")
                #expect(result.errorOutput == "303 to /x/guestbook\n")
            }
            let whole = try scripts.output("run", scripts.bucket, "go", "-i").lowercased()
            #expect(whole.contains("\nlocation: /x/guestbook\n"))
        }
    }

    @Test func aCompileErrorNamesTheFileAndTheLine() async throws {
        try await withScripts { scripts in
            try scripts.write("bad.lua", "local x = 1\nx = = 2\n")
            let error = try scripts.failure("put", scripts.bucket, "name", "./bad.lua")
            #expect(error.hasPrefix("kvick: ./bad.lua:2: "))
            #expect(try scripts.output("list", scripts.bucket, "--json") == "[]\n")
            try scripts.write("long.lua", "--" + String(repeating: "x", count: 65_536))
            #expect(try scripts.failure("put", scripts.bucket, "long.lua").contains("64KiB"))
            #expect(try scripts.failure("put", scripts.bucket, "none.lua").contains("No such file"))
        }
    }

    @Test func aKeyIsTakenFromAnOptionOrTypedUnseenAndNeverPrinted() async throws {
        try await withScripts { scripts in
            var keyless = scripts
            keyless.key = nil
            #expect(try keyless.output("list", scripts.bucket, "--key", ScriptCommands.key, "--json") == "[]\n")
            let wrong = try scripts.failure("list", scripts.bucket, "--key", "wrong-one", code: 4)
            #expect(wrong == "kvick: this credential is none of the bucket's keys, and no access token; check --key\n")
            // In a session of its own, there is no terminal to ask on.
            let unasked = try keyless.shell("setsid -w \(Kvick.executable) script list \(scripts.bucket)")
            #expect(unasked.status == .code(4) && unasked.errorOutput.contains("KVICK_KEY"))

            let typed = try keyless.typing(ScriptCommands.key + "\n", "list", scripts.bucket, "--json")
            #expect(typed.output == "Secret key of \(scripts.bucket): \r\n[]\r\n0 True\n")
            let mistyped = try keyless.typing("wrong\n", "list", scripts.bucket)
            #expect(mistyped.output.contains("no access token; type it again\r\n4 True"))
            let interrupted = try keyless.typing("half\u{3}", "list", scripts.bucket)
            #expect(interrupted.output == "Secret key of \(scripts.bucket): \r\n130 True\n")
            let empty = try keyless.typing("\n", "list", scripts.bucket)
            #expect(empty.output == "Secret key of \(scripts.bucket): \r\nkvick: nothing was typed\r\n1 True\n")
        }
    }

    @Test func whatIsWrittenWronglyIsCode64AndOneLine() async throws {
        let scripts = try ScriptCommands.withoutServer()
        #expect(try scripts.failure("list", "b", code: 5).contains("is the server running?"))
        #expect(try scripts.failure("list", "http://127.0.0.1:1/b", code: 64).contains("--url"))
        #expect(try scripts.failure("put", "b", "-", code: 64).contains("put BUCKET NAME -"))
        #expect(try scripts.failure("run", "b", "n", "--body", "f", "--method", "GET", code: 64).contains("POST"))
        #expect(try scripts.failure("run", "b", "n", "--token", "a\nb", code: 64).contains("--token"))
        #expect(try scripts.failure("list", "b", "--url", "nonsense", code: 64).contains("http://"))
        #expect(try scripts.failure("frob", "b", code: 64).contains("'kvick script --help'"))
    }

    @Test func aTestNeedsNoServerAndPrintsAnswersAndWhatIsLeft() throws {
        let scripts = try ScriptCommands.withoutServer()
        try scripts.write("echo.lua", ScriptCommands.echo)
        #expect(try scripts.output("test", "echo.lua", "name=a&b +é%") == "GET a&b +é%")
        try scripts.write("body.json", #"{"name": "Bob"}"#)
        #expect(try scripts.output("test", "echo.lua", "--body", "body.json") == #"POST Bob {"name": "Bob"}"#)
        let whole = try scripts.output("test", "echo.lua", "-i")
        #expect(whole.hasPrefix("HTTP/1.1 200 OK\nContent-Type: text/plain") && whole.hasSuffix("\n\nGET nobody"))

        try scripts.write("count.lua", ScriptCommands.count)
        let counted = try scripts.output(
            "test", "count.lua", "--times", "3", "--with", "visits=5", "--with", "a/é=1\n2", "--keys")
        #expect(counted == "6\n7\n8\na/é = 1\\n2\nvisits = 8\n")
        #expect(try scripts.output("test", "count.lua") == "1")
        let shown = try scripts.typing("", "test", "count.lua", "--times", "2")
        #expect(shown.output == "1\r\n2\r\nvisits = 2\r\n0 True\n")
        #expect(try scripts.typing("", "test", "count.lua", "--no-keys").output == "10 True\n")
        let piped = try scripts.shell(
            "printf 'kvdb.print(kvdb.access_token{ttl=9, permissions={\"read\"}} ~= nil)' |"
                + " \(Kvick.executable) script test -")
        #expect(piped.output == "true" && piped.status == .code(0))
        #expect(try scripts.temporaryFiles == [])
    }

    @Test func aTestTellsOfErrorsWithTheFileAndTheLine() throws {
        let scripts = try ScriptCommands.withoutServer()
        try scripts.write("bad.lua", "local x = 1\nx = = 2\n")
        #expect(try scripts.failure("test", "./bad.lua").hasPrefix("kvick: ./bad.lua:2: unexpected symbol"))
        try scripts.write("nil.lua", "\nkvdb.set('k', 1)\nreturn kvdb.none.x")
        #expect(try scripts.failure("test", "nil.lua").hasPrefix("kvick: nil.lua:3: "))
        #expect(try scripts.run(["test", "nil.lua", "-i"]).output.contains("\n\nnil:3: "))
        try scripts.write("no name.lua", "kvdb.none.x = 1")
        #expect(try scripts.failure("test", "no name.lua").hasPrefix("kvick: no name.lua:1: "))
        try scripts.write("loop.lua", "while true do end")
        #expect(try scripts.failure("test", "loop.lua", "--script-cpu-time", "20ms").contains("more than 20 ms of CPU"))
        try scripts.write("limit.lua", "if kvdb.incr('n') > 2 then kvdb.print('slow\\ndown') kvdb.exit(429) end")
        let refused = try scripts.run(["test", "limit.lua", "--times", "9", "--keys"])
        #expect(refused.status == .code(5) && refused.output == "n = 3\n")
        #expect(refused.errorOutput == "kvick: slow down\n")
        let whole = try scripts.run(["test", "limit.lua", "--with", "n=2", "-i"])
        #expect(whole.status == .code(5) && whole.output.hasSuffix("\n\nslow\ndown\n"))
        #expect(whole.errorOutput == "kvick: limit.lua answered 429 Too Many Requests\n")

        #expect(try scripts.failure("test", "none.lua").contains("No such file"))
        #expect(try scripts.failure("test", "limit.lua", "--with", "scripts/x=1").contains("scripts/x begins with"))
        #expect(try scripts.failure("test", "limit.lua", "--times", "0", code: 64).contains("--times"))
        #expect(try scripts.failure("test", "-", "--body", "-", code: 64).contains("standard input"))
        #expect(try scripts.failure("test", "limit.lua", "--script-memory", "1", code: 64).contains("--script-memory"))
        #expect(try scripts.temporaryFiles == [])
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aTestThatIsStoppedLeavesNothing(signal: Int32) throws {
        let scripts = try ScriptCommands.withoutServer()
        try scripts.write("count.lua", ScriptCommands.count)
        let process = try scripts.start(["test", "count.lua", "--times", "1000000000"])
        #expect(eventually(within: .seconds(20)) { process.output.contains("\n2\n") })
        #expect(try scripts.temporaryFiles.count == 1)
        process.signal(signal)
        #expect(try process.wait(upTo: .seconds(10)) == .code(128 + signal))
        #expect(process.errorOutput == "kvick: stopped by a signal\n")
        #expect(try scripts.temporaryFiles == [])
    }

    /// Calls `body` with the commands for a new bucket of a server.
    private func withScripts(_ body: (ScriptCommands) throws -> Void) async throws {
        try await withServer { server in
            let bucket = try server.client.makeBucket("secret_key=\(ScriptCommands.key)").dropFirst()
            try body(ScriptCommands(server: server.url, bucket: String(bucket)))
        }
    }
}

/// Runs `kvick script` in a folder of its own.
private struct ScriptCommands {
    static let key = "s3cret-key"

    static let hello = #"kvdb.say("hello")"# + "\n"
    static let echo = """
        local name = kvdb.var.name or "nobody"
        kvdb.print(kvdb.var.method .. " " .. name)
        if kvdb.var.body and #kvdb.var.body > 0 then kvdb.print(" " .. kvdb.var.body) end
        """
    static let count = #"kvdb.print(kvdb.incr("visits"))"#
    static let teapot = """
        kvdb.status = 418
        kvdb.print("short and\\n\\27[1mstout")
        """

    let server: String
    let bucket: String
    /// Nil where the environment has none.
    var key: String? = Self.key
    private let folder: TemporaryFolder
    /// What the commands have for temporary files.
    private let temporaryFolder: TemporaryFolder

    /// The commands where no server answers.
    static func withoutServer() throws -> ScriptCommands {
        try ScriptCommands(server: "http://127.0.0.1:1", bucket: "b")
    }

    init(server: String, bucket: String) throws {
        self.server = server
        self.bucket = bucket
        folder = try TemporaryFolder()
        temporaryFolder = try TemporaryFolder()
    }

    /// The names of what the commands have left, or have not yet removed.
    var temporaryFiles: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: temporaryFolder.path) }
    }

    func url(_ name: String) -> String {
        "\(server)/\(bucket)/scripts/\(name)"
    }

    func write(_ file: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(file)))
    }

    func run(_ arguments: [String]) throws -> ProgramResult {
        try run(program: [Kvick.executable, "script"] + arguments)
    }

    /// What it printed, where it ended well.
    func output(_ arguments: String...) throws -> String {
        try run(arguments).success(of: arguments)
    }

    /// The one line that it printed of its failure.
    func failure(_ arguments: String..., code: Int32 = 1) throws -> String {
        let result = try run(arguments)
        #expect(result.output == "", "\(arguments)")
        return result.failure(of: arguments, named: "kvick", code: code)
    }

    func shell(_ line: String) throws -> ProgramResult {
        try run(program: ["sh", "-c", line])
    }

    /// What a terminal shows on which `text` is typed once there is a question, then the exit code and whether the terminal
    /// shows again what is typed.
    func typing(_ text: String, _ arguments: String...) throws -> ProgramResult {
        try run(program: PseudoTerminal.typing(text, into: [Kvick.executable, "script"] + arguments))
    }

    /// Starts a command, which goes on.
    func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            [Kvick.executable, "script"] + arguments, environment: environment, workingFolder: folder.path)
    }

    private func run(program: [String]) throws -> ProgramResult {
        try ProgramResult.run(program, environment: environment, workingFolder: folder.path)
    }

    private var environment: [String: String] {
        var environment = ["KVICK_URL": server, "TMPDIR": temporaryFolder.path]
        environment["KVICK_KEY"] = key
        return environment
    }
}
