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
                arguments.first == "kot" ? ["kot"] + KOTArguments.arranged(Array(arguments.dropFirst())) : arguments
        }
    }

    /// Makes sure of what the argument parser would not say clearly.
    ///
    /// - Throws: a `ValidationError` where an argument is not valid UTF-8, for it would be stored as another text, or where
    ///   KOT's command is none, for which the parser blames the options behind it.
    func check() throws {
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else {
                continue
            }
            throw ValidationError("argument \(index) is not valid UTF-8; give other bytes as a file, with --file")
        }
        let isRoot = root == KOTCommandLine.self
        guard isRoot || arguments.first == "kot", let first = arguments.dropFirst(isRoot ? 0 : 1).first else { return }
        guard !KOTCommandLine.commandNames.contains(first),
            !["--help", "-h", "--version", "--help-hidden"].contains(first)
        else { return }
        let hint = "'\(kotName) --help' lists them"
        throw ValidationError(
            first.hasPrefix("-") ? "a command is missing; \(hint)" : "there is no command '\(first)'; \(hint)")
    }

    /// The name under which KOT's commands are reached, for usage texts and messages: `KOT`, or `kvick kot`.
    var kotName: String {
        name == "kvick" ? "kvick kot" : name
    }
}
