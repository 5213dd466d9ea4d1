import Yams

/// What is wrong in a YAML text.
struct YAMLFailure: Error {
    /// From 1; nil where it can't be told.
    let line: Int?
    let message: String
}

extension YAMLFailure {
    init(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(line: mark.line, message: "this is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let names, let context):
            self.init(
                line: context.mark.line,
                message: "\(names.sorted().joined(separator: ", ")) is given twice; give it once")
        case .reader(let problem, _, _, _):
            self.init(line: nil, message: "this is no YAML: \(problem)")
        default:
            self.init(line: nil, message: "this is no YAML")
        }
    }
}
