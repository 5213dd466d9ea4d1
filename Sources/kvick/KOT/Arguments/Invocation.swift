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

    /// The name under which KOT's commands are reached, for usage texts and messages: `KOT`, or `kvick kot`.
    var kotName: String {
        name == "kvick" ? "kvick kot" : name
    }
}
