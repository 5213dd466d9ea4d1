import Foundation
import Testing

/// Runs `kvick` as a client, in a folder of its own.
struct ClientCommands {
    /// Prints what bash completes some beginnings of command lines to.
    static let completion = #"""
        mkdir bin; ln -s "$1" bin/kvick; PATH="$PWD/bin:$PATH"
        source <(kvick completions bash)
        complete_words() {
            COMP_WORDS=(kvick "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
            _kvick kvick "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
        }
        complete_words wat
        complete_words get ''
        complete_words script list vi
        complete_words list visits --rev
        """#

    let server: String
    private let folder: TemporaryFolder

    init(server: String) throws {
        self.server = server
        folder = try TemporaryFolder()
    }

    var configuration: String { folder.file("config/client.yaml") }

    func write(_ file: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(file)))
    }

    func copy(_ source: String, to file: String) throws {
        try FileManager.default.copyItem(atPath: source, toPath: folder.file(file))
    }

    func run(_ arguments: [String]) throws -> ProgramResult {
        try run(program: [Kvick.executable] + arguments)
    }

    func run(program: [String]) throws -> ProgramResult {
        try ProgramResult.run(program, environment: environment, workingFolder: folder.path)
    }

    /// What it printed, where it ended well.
    func output(_ arguments: String...) throws -> String {
        try run(arguments).success(of: arguments)
    }

    /// The one line that it printed of its failure.
    func failure(_ arguments: String..., code: Int32) throws -> String {
        let result = try run(arguments)
        #expect(result.output == "", "\(arguments)")
        return result.failure(of: arguments, named: "kvick", code: code)
    }

    func shell(_ line: String) throws -> ProgramResult {
        try run(program: ["sh", "-c", line])
    }

    func typing(_ text: String, _ arguments: String...) throws -> ProgramResult {
        try run(program: PseudoTerminal.typing(text, into: [Kvick.executable] + arguments))
    }

    /// Starts a command, which goes on.
    func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess([Kvick.executable] + arguments, environment: environment, workingFolder: folder.path)
    }

    private var environment: [String: String] {
        ["KVICK_URL": server, "KVICK_CLIENT_CONFIG": configuration, "TERM": "xterm", "NO_COLOR": ""]
    }
}
