import Foundation
import Testing

/// The examples of docs/scripting.md, each of which is followed by what it prints.
@Suite(.server)
struct ScriptingDocumentTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let heading: String
        let language: String
        let code: String
        let output: String

        var testDescription: String { heading }
    }

    private static let document: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return (try? String(contentsOf: root.appending(path: "docs/scripting.md"), encoding: .utf8)) ?? ""
    }()

    /// The blocks of code with a block of text behind them.
    static let examples: [Example] = {
        var examples: [Example] = []
        var heading = ""
        var block: (language: String, lines: [String])?
        var last: (language: String, code: String)?
        for line in document.components(separatedBy: "\n") {
            if let open = block {
                guard line == "```" else {
                    block?.lines.append(line)
                    continue
                }
                block = nil
                let code = open.lines.joined(separator: "\n") + "\n"
                if open.language == "text", let example = last {
                    examples.append(
                        Example(heading: heading, language: example.language, code: example.code, output: code))
                }
                last = open.language == "text" ? nil : (open.language, code)
            } else if line.hasPrefix("```") {
                block = (String(line.dropFirst(3)), [])
            } else if line.hasPrefix("#") {
                heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)
                last = nil
            }
        }
        return examples
    }()

    @Test func thereAreExamplesForEachFunction() {
        #expect(Self.examples.count { $0.language == "lua" } >= 16)
        #expect(Self.examples.count { $0.language == "sh" } == 6)
        for name in [
            "var", "print", "status", "header", "exit", "get", "set", "incr", "delete", "list", "access_token",
        ] {
            #expect(Self.document.contains("### kvdb.\(name)") || Self.document.contains(", kvdb.\(name)\n"))
        }
    }

    @Test(arguments: examples)
    func anExamplePrintsWhatTheDocumentSays(_ example: Example) async throws {
        try await withServer { server in
            if example.language == "lua" {
                let bucket = try Self.makeBucket(server)
                let put = try server.client.send(
                    "PUT", "\(bucket)/scripts/example", [Authorization.basic("mysecret")],
                    body: Array(example.code.utf8))
                #expect(put.status == 200, "\(put.text)")
                #expect(try server.client.get("\(bucket)/scripts/example").text == example.output)
            } else {
                let code = example.code
                    .replacing("http://127.0.0.1:8080", with: server.url)
                let result = try Self.withinAMinute {
                    let bucket = try Self.makeBucket(server)
                    return try ProgramResult.run(
                        ["sh", "-c", code], environment: ["BUCKET": String(bucket.dropFirst())])
                }
                #expect(result.status == .code(0))
                // A block ends with a line, whether or not the last answer did.
                let output = result.output.hasSuffix("\n") ? result.output : result.output + "\n"
                #expect(output == example.output, "\(result.errorOutput)")
            }
        }
    }

    private static func makeBucket(_ server: ServerProcess) throws -> String {
        try server.client.makeBucket("secret_key=mysecret&read_key=myread&write_key=mywrite")
    }

    /// Calls `body` anew where a minute began meanwhile, for an example may count by the minute.
    private static func withinAMinute<Result>(_ body: () throws -> Result) throws -> Result {
        let minute = { Int(Date().timeIntervalSince1970) / 60 }
        while true {
            let start = minute()
            let result = try body()
            if minute() == start { return result }
        }
    }
}
