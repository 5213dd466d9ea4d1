import Yams

/// The members of a mapping in a YAML text, of which none may be unknown.
struct YAMLMapping {
    private let mapping: Node.Mapping

    /// Nil where there is nothing but comments.
    ///
    /// - Throws: a `YAMLFailure`.
    static func root(of text: String) throws -> YAMLMapping? {
        let node: Node?
        do {
            node = try compose(yaml: text, .default, .default, .utf8)
        } catch let error as YamlError {
            throw YAMLFailure(error)
        }
        return try node.map { try YAMLValue(name: "the file", node: $0).mapping() }
    }

    fileprivate init(_ mapping: Node.Mapping) {
        self.mapping = mapping
    }

    /// - Throws: a `YAMLFailure` where there is a member of another name than these.
    func members(_ names: [String]) throws -> [String: YAMLValue] {
        try pairs().reduce(into: [:]) { members, pair in
            guard names.contains(pair.name) else {
                let hint = NearestName.hint(for: pair.name, in: names)
                let known = hint.isEmpty ? "; there are \(names.joined(separator: ", "))" : hint
                throw YAMLFailure(line: pair.line, message: "there is no setting '\(pair.name)'\(known)")
            }
            members[pair.name] = pair.value
        }
    }

    /// - Throws: a `YAMLFailure` where a name is none.
    func pairs() throws -> [(name: String, line: Int?, value: YAMLValue)] {
        try mapping.map { key, value in
            guard let name = key.scalar?.string else {
                throw YAMLFailure(line: key.mark?.line, message: "a name must be text")
            }
            return (name, key.mark?.line, YAMLValue(name: name, node: value))
        }
    }

    func failure(_ message: String) -> YAMLFailure {
        YAMLFailure(line: mapping.mark?.line, message: message)
    }
}

/// A value in a YAML text, with the name that it has.
struct YAMLValue {
    let name: String
    fileprivate let node: Node

    /// Whether nothing is there.
    var isEmpty: Bool {
        node.scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false
    }

    /// As it is written: what looks like a number or a date is text, too.
    func text() throws -> String {
        guard let text = node.scalar?.string, !isEmpty, !text.isEmpty else { throw failure("\(name) must be text") }
        return text
    }

    func mapping() throws -> YAMLMapping {
        guard let mapping = node.mapping else {
            throw failure("\(name) must have members, as 'name: value', each on a line of its own")
        }
        return YAMLMapping(mapping)
    }

    func failure(_ message: String) -> YAMLFailure {
        YAMLFailure(line: node.mark?.line, message: message)
    }
}
