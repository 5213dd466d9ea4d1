/// The text of a client's file, to which a bucket is added or from which one is taken without a change to what else stands there.
struct ConfigurationText {
    private static let name = "buckets:"

    private static let byteOrderMark: Unicode.Scalar = "\u{FEFF}"

    /// What stands before the first line: a byte order mark, or nothing.
    private let mark: String
    private var lines: [Substring]
    /// What stands before a line feed.
    private let lineEnd: String

    init(_ text: String) {
        // By scalars, for a line end with a carriage return is one character.
        var scalars = text.unicodeScalars[...]
        mark = scalars.first == Self.byteOrderMark ? String(scalars.removeFirst()) : ""
        lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map { Substring($0) }
        lineEnd = lines.count > 1 && lines[0].last == "\r" ? "\r" : ""
        if lines.last == "" { lines.removeLast() }
    }

    /// - Returns: nil where it has no place for one. Whoever takes it makes sure of what it says.
    func adding(_ bucket: ClientConfiguration.Bucket) -> String? {
        var lines = lines
        if let start = lines.firstIndex(where: { $0.hasPrefix(Self.name) }) {
            guard Self.content(of: lines[start].dropFirst(Self.name.count)).isEmpty else { return nil }
            let behind = lines[(start + 1)...]
            // As those that are there, which stand on one column.
            let first = behind.first { !Self.content(of: $0).isEmpty }
            let indent = first.map { $0.prefix { $0 == " " } } ?? "  "
            lines.insert(contentsOf: entry(bucket, indent: indent.isEmpty ? "  " : String(indent)), at: start + 1)
        } else {
            lines.append(Self.name + lineEnd[...])
            lines += entry(bucket, indent: "  ")
        }
        return text(lines)
    }

    /// Takes out a bucket; comments before it and behind it stay.
    ///
    /// - Parameter line: where its name stands, counted from 1.
    /// - Returns: as `adding`.
    func removing(at line: Int) -> String? {
        guard lines.indices.contains(line - 1) else { return nil }
        let indent = Self.indent(of: lines[line - 1])
        let behind = lines[line...]
        let next = behind.firstIndex { !Self.content(of: $0).isEmpty && Self.indent(of: $0) <= indent }
        let members = behind[..<(next ?? lines.endIndex)]
        let last = members.lastIndex { !Self.content(of: $0).isEmpty } ?? line - 1
        // Behind the last member, comments are this one's only as far as they stand where its members do.
        let comments = members[(last + 1)...].prefix { Self.isBlank($0) || Self.indent(of: $0) > indent }
        let own = comments.lastIndex { !Self.isBlank($0) } ?? last
        return text(lines[..<(line - 1)] + lines[(own + 1)...])
    }

    private func text(_ lines: some BidirectionalCollection<Substring>) -> String {
        mark + lines.map { $0 + "\n" }.joined()
    }

    private static func isBlank(_ line: Substring) -> Bool {
        line.allSatisfy { $0 == " " || $0 == "\r" }
    }

    private static func indent(of line: Substring) -> Int {
        line.prefix { $0 == " " }.count
    }

    /// What is there besides white space and a comment.
    private static func content(of text: Substring) -> Substring {
        let text = text.drop { $0 == " " || $0 == "\r" }
        return text.hasPrefix("#") ? "" : text
    }

    private func entry(_ bucket: ClientConfiguration.Bucket, indent: String) -> [Substring] {
        var members = [("id", bucket.id)]
        if let url = bucket.url { members.append(("url", url.description)) }
        if let caFile = bucket.caFile { members.append(("ca_file", caFile)) }
        if let key = bucket.key { members.append(("key", key)) }
        // A string of JSON is one of YAML (YAML 1.2.2 §1.2).
        return ["\(indent)\(bucket.name):\(lineEnd)"[...]]
            + members.map { member in "\(indent)  \(member.0): \(JSONText.string(member.1))\(lineEnd)"[...] }
    }
}
