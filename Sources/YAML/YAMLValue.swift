/// A value in a YAML text, and where it stands.
package struct YAMLValue: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// Nothing at all, `~` or `null` (YAML 1.2.2 §10.3.2).
        case null
        /// As it is written: what looks like a number or a date is text, too.
        case text(String)
        case list([YAMLValue])
        /// In the text's order. No two have the same name.
        case mapping([YAMLMember])
    }

    package let content: Content
    /// From 1.
    package let line: Int
}

/// A value of a mapping, with the name that it has there.
package struct YAMLMember: Equatable, Sendable {
    package let name: String
    /// That of the name, from 1.
    package let line: Int
    package let value: YAMLValue

    /// Its text, which is not empty.
    ///
    /// - Throws: where it is anything else.
    package func text() throws(YAMLFailure) -> String {
        guard case .text(let text) = value.content, !text.isEmpty else { throw failure("\(name) must be text") }
        return text
    }

    /// Its members; none where it is null.
    ///
    /// - Throws: where it is neither null nor a mapping.
    package func members() throws(YAMLFailure) -> [YAMLMember] {
        switch value.content {
        case .null: return []
        case .mapping(let members): return members
        case .text, .list:
            throw failure("\(name) must have members, as 'name: value', each on a line of its own")
        }
    }

    /// One at the value's line.
    package func failure(_ message: String) -> YAMLFailure {
        YAMLFailure(line: value.line, message: message)
    }
}
