import ArgumentParser

/// The program as it was called: under the name `KOT` or `kot` it is `kvick kot`.
struct Invocation: Sendable {
    /// As it was typed, without its folder.
    let name: String
    let root: any ParsableCommand.Type
    let arguments: [String]

    static let current = Invocation(CommandLine.arguments)

    /// - Parameter line: the whole command line, the program's path first.
    init(_ line: [String]) {
        let path = line.first ?? ""
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let arguments = Array(line.dropFirst())
        if file == "KOT" || file == "kot" {
            name = file
            root = KOTCommandLine.self
            self.arguments = KOTArguments.arranged(arguments)
        } else {
            name = "kvick"
            root = Kvick.self
            self.arguments =
                arguments.first == "kot"
                ? ["kot"] + KOTArguments.arranged(Array(arguments.dropFirst())) : NegativeNumbers.arranged(arguments)
        }
    }

    /// Makes sure of what the argument parser would not say clearly.
    ///
    /// - Throws: a `ValidationError` where an argument is not valid UTF-8, for it would be stored as another text, or where
    ///   a command is none, for which the parser blames what stands behind it.
    func check() throws {
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else {
                continue
            }
            throw ValidationError("argument \(index) is not valid UTF-8; give other bytes in a file")
        }
        try Self.check(arguments.first == "help" ? arguments.dropFirst() : arguments[...], of: root, name)
    }

    /// - Parameters:
    ///   - arguments: what stands behind `name`.
    ///   - name: that of `command`, with those of the commands that it belongs to.
    private static func check(
        _ arguments: ArraySlice<String>, of command: any ParsableCommand.Type, _ name: String
    ) throws {
        let commands = command.commands
        guard !commands.isEmpty, let first = arguments.first, !passedOn.contains(first) else { return }
        if let next = commands.first(where: { $0.names.contains(first) }) {
            return try check(arguments.dropFirst(), of: next, "\(name) \(first)")
        }
        let hint = "'\(name) --help' lists them"
        guard first.hasPrefix("-") else {
            let meant = NearestName.hint(for: first, in: commands.flatMap { $0.names })
            throw ValidationError("there is no command '\(first)'\(meant.isEmpty ? "; " : meant + " ")\(hint)")
        }
        // Elsewhere the parser has options of its own, and refuses others by their name.
        guard command != KOTCommandLine.self else { throw ValidationError("a command is missing; \(hint)") }
    }

    private static let passedOn: Set<String> = ["--help", "-h", "--version", "--help-hidden"]

    /// Whether a command of KOT's is called.
    var isKOT: Bool { root == KOTCommandLine.self || arguments.first == "kot" }

    /// The name under which KOT's commands are reached, for usage texts and messages: `KOT`, or `kvick kot`.
    var kotName: String {
        name == "kvick" ? "kvick kot" : name
    }
}

extension ParsableCommand {
    fileprivate static var commands: [any ParsableCommand.Type] {
        configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    }

    /// All by which the command can be called.
    fileprivate static var names: [String] {
        [_commandName] + configuration.aliases
    }
}
