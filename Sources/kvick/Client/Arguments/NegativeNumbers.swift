/// Lets negative numbers stand on a command line of a client, as in `kvick incr BUCKET KEY -2`.
enum NegativeNumbers {
    /// The commands with keys and values among their arguments.
    private static let commands: Set<String> = ["get", "set", "incr", "delete"]
    /// Their options that stand without a value; each of the others has one.
    private static let switches: Set<String> = ["--if-absent", "--json", "--help", "-h"]

    /// `arguments` with the options first, where a negative number would be taken for one; else as they are.
    static func arranged(_ arguments: [String]) -> [String] {
        guard let command = arguments.first, commands.contains(command) else { return arguments }
        let marked = arguments.prefix { $0 != "--" }
        guard marked.contains(where: isNegativeNumber) else { return arguments }
        var options: [String] = []
        var others: [String] = []
        var rest = marked.dropFirst()
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), !isNegativeNumber(argument) else {
                others.append(argument)
                continue
            }
            options.append(argument)
            let hasValue = argument.hasPrefix("--") && !argument.contains("=") && !switches.contains(argument)
            if hasValue, let value = rest.popFirst() { options.append(value) }
        }
        return [command] + options + ["--"] + others + arguments[marked.endIndex...].dropFirst()
    }

    private static func isNegativeNumber(_ argument: String) -> Bool {
        argument.hasPrefix("-") && argument.dropFirst().first.map { $0.isASCII && $0.isNumber || $0 == "." } == true
    }
}
