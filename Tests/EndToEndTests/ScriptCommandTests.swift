import Foundation
import Testing

/// `kvick script` with a server.
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
            for command in ["get", "delete", "run"] {
                #expect(try scripts.failure(command, bucket, "piped").contains("no such script"))
            }
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
            let whole = try scripts.output("run", scripts.bucket, "echo", "-i", "--method", "post")
            #expect(whole.hasPrefix("HTTP/1.1 200 OK\n") && whole.hasSuffix("\n\nPOST nobody"))
            #expect(try scripts.failure("run", scripts.bucket, "echo", "--token", "none").contains("token"))
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
            #expect(whole.status == .code(1) && whole.output.hasSuffix("\n\nshort and\n\u{1B}[1mstout"))
            #expect(whole.errorOutput.contains(" answered 418"))
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
            let wrong = try scripts.failure("list", scripts.bucket, "--key", "wrong-one")
            #expect(!wrong.contains("wrong-one"))
            // In a session of its own, there is no terminal to ask on.
            let unasked = try keyless.shell("setsid -w \(Kvick.executable) script list \(scripts.bucket)")
            #expect(unasked.status == .code(1) && unasked.errorOutput.contains("KVICK_KEY"))

            let typed = try keyless.typing(ScriptCommands.key + "\n", "list", scripts.bucket, "--json")
            #expect(typed.output == "Secret key of \(scripts.bucket): \r\n[]\r\n0 True\n")
            let interrupted = try keyless.typing("half\u{3}", "list", scripts.bucket)
            #expect(interrupted.output == "Secret key of \(scripts.bucket): \r\nkvick: nothing was typed\r\n1 True\n")
        }
    }

    @Test func whatIsWrittenWronglyIsCode64AndOneLine() async throws {
        let scripts = try ScriptCommands(server: "http://127.0.0.1:1", bucket: "b")
        #expect(try scripts.failure("list", "b").contains("is the server running?"))
        #expect(try scripts.failure("list", "http://127.0.0.1:1/b", code: 64).contains("--server"))
        #expect(try scripts.failure("put", "b", "-", code: 64).contains("put BUCKET NAME -"))
        #expect(try scripts.failure("run", "b", "n", "--body", "f", "--method", "GET", code: 64).contains("POST"))
        #expect(try scripts.failure("run", "b", "n", "--token", "a\nb", code: 64).contains("--token"))
        #expect(try scripts.failure("list", "b", "--server", "nonsense", code: 64).contains("http://"))
        #expect(try scripts.failure("frob", "b", code: 64).contains("'kvick script --help'"))
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
    static let teapot = """
        kvdb.status = 418
        kvdb.print("short and\\n\\27[1mstout")
        """

    let server: String
    let bucket: String
    /// Nil where the environment has none.
    var key: String? = Self.key
    private let folder: TemporaryFolder

    init(server: String, bucket: String) throws {
        self.server = server
        self.bucket = bucket
        folder = try TemporaryFolder()
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
        let result = try run(arguments)
        #expect(result.status == .code(0), "\(arguments): \(result.errorOutput)")
        #expect(result.errorOutput == "", "\(arguments)")
        return result.output
    }

    /// The one line that it printed of its failure.
    func failure(_ arguments: String..., code: Int32 = 1) throws -> String {
        let result = try run(arguments)
        #expect(result.status == .code(code), "\(arguments): \(result.output)")
        #expect(result.errorOutput.hasPrefix("kvick: ") && result.errorOutput.hasSuffix("\n"), "\(arguments)")
        #expect(result.errorOutput.filter { $0 == "\n" }.count == 1, "\(result.errorOutput)")
        #expect(result.output == "", "\(arguments)")
        return result.errorOutput
    }

    func shell(_ line: String) throws -> ProgramResult {
        try run(program: ["sh", "-c", line])
    }

    /// What a terminal shows on which `text` is typed once there is a question, then the exit code and whether the terminal
    /// shows again what is typed.
    func typing(_ text: String, _ arguments: String...) throws -> ProgramResult {
        try run(program: ["python3", "-c", Self.terminal, text, Kvick.executable, "script"] + arguments)
    }

    private func run(program: [String]) throws -> ProgramResult {
        var environment = ["KVICK_SERVER": server]
        environment["KVICK_KEY"] = key
        return try ProgramResult.run(program, environment: environment, workingFolder: folder.path)
    }

    private static let terminal = #"""
        import os, pty, sys, termios

        text, *program = sys.argv[1:]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(program[0], program)
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break  # The program has ended.
            if b": " in shown + piece and b": " not in shown:
                os.write(terminal, text.encode())
            shown += piece
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        shows = termios.tcgetattr(terminal)[3] & termios.ECHO != 0
        print(shown.decode() + f"{code} {shows}", flush=True)
        """#
}
