/// Brings a command line as KOT's users write it into the order that the argument parser takes.
enum KOTArguments {
    /// The options that may stand without a value.
    private static let switches: Set<String> = ["compress", "force", "json", "dont_generate", "dont-generate"]
    private static let helpOptions: Set<String> = ["--help", "-h", "--help-hidden", "--version"]
    private static let truthWords: Set<String> = ["true", "false"]

    /// The command first, then the options as `--name=value`, then the other arguments.
    ///
    /// KOT's users write `--name DB set KEY VALUE`, `--compress True` and values such as `-5`.
    static func arranged(_ arguments: [String]) -> [String] {
        var options: [String] = []
        var others: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                others += rest
                break
            }
            if helpOptions.contains(argument) {
                options.append(argument)
            } else if argument.hasPrefix("--") {
                options += argument.contains("=") ? split(argument) : withValue(argument, from: &rest)
            } else {
                others.append(argument)
            }
        }
        let command = others.prefix(1)
        others.removeFirst(command.count)
        // Without the terminator a negative number is taken for an option.
        let terminator = others.contains { $0.hasPrefix("-") } ? ["--"] : []
        return Array(command) + options + terminator + others
    }

    /// `option` with the value that is next in `rest`; a switch takes one only where it is `True` or `False`.
    private static func withValue(_ option: String, from rest: inout ArraySlice<String>) -> [String] {
        if isSwitch(option) {
            guard let next = rest.first, truthWords.contains(next.lowercased()) else { return [option + "=True"] }
        }
        guard let value = rest.popFirst() else { return [option] }
        return split(option + "=" + value)
    }

    /// An empty value must be an argument of its own, any other one must not, for it may begin with a hyphen.
    private static func split(_ option: String) -> [String] {
        option.hasSuffix("=") && option.count { $0 == "=" } == 1 ? [String(option.dropLast()), ""] : [option]
    }

    private static func isSwitch(_ option: String) -> Bool {
        switches.contains(String(option.dropFirst(2)))
    }
}
