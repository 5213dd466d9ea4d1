extension YAMLMember {
    /// Those of a text that is one mapping; none where it is null, or there is nothing but comments.
    ///
    /// - Throws: also where a name is given twice, or is no text, and for aliases.
    package static func members(of text: String) throws(YAMLFailure) -> [YAMLMember] {
        guard let root = try YAMLValue.read(text), root.content != .null else { return [] }
        guard case .mapping(let members) = root.content else {
            throw YAMLFailure(line: root.line, message: "write settings as name: value, one a line")
        }
        return members
    }
}

extension YAMLValue {
    /// How far lists and mappings may be within each other: no more than that is read by a function that calls itself.
    private static let depthMax = 32

    /// Reads a text of one document.
    ///
    /// - Returns: nil where there is nothing but comments.
    /// - Throws: as `members`.
    static func read(_ text: String) throws(YAMLFailure) -> YAMLValue? {
        let reader = try EventReader(Array(text.utf8))
        guard try reader.next().event == .documentStart else { return nil }
        let value = try read(reader.next(), of: reader, depth: 0)
        // The document's end.
        _ = try reader.next()
        let (event, line) = try reader.next()
        guard event == .end else {
            throw YAMLFailure(line: line, message: "a second document begins here; leave it out")
        }
        return value
    }

    private static func read(
        _ first: (event: EventReader.Event, line: Int), of reader: EventReader, depth: Int
    ) throws(YAMLFailure) -> YAMLValue {
        let isNested = first.event == .listStart || first.event == .mappingStart
        guard !isNested || depth < depthMax else {
            throw YAMLFailure(line: first.line, message: "this is more than \(depthMax) lists and mappings deep")
        }
        switch first.event {
        case .scalar(let text, let isPlain):
            let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
            return YAMLValue(content: isNull ? .null : .text(text), line: first.line)
        case .listStart:
            return YAMLValue(content: .list(try readList(of: reader, depth: depth + 1)), line: first.line)
        case .mappingStart:
            return YAMLValue(content: .mapping(try readMapping(of: reader, depth: depth + 1)), line: first.line)
        case .alias(let name):
            throw YAMLFailure(line: first.line, message: "*\(name) stands for another value; write that in its place")
        case .documentStart, .documentEnd, .listEnd, .mappingEnd, .end:
            throw YAMLFailure(line: first.line, message: "this is no YAML: a value is missing")
        }
    }

    private static func readList(of reader: EventReader, depth: Int) throws(YAMLFailure) -> [YAMLValue] {
        var items: [YAMLValue] = []
        while true {
            let next = try reader.next()
            if next.event == .listEnd { return items }
            items.append(try read(next, of: reader, depth: depth))
        }
    }

    private static func readMapping(of reader: EventReader, depth: Int) throws(YAMLFailure) -> [YAMLMember] {
        var members: [YAMLMember] = []
        var names: Set<String> = []
        while true {
            let next = try reader.next()
            if next.event == .mappingEnd { return members }
            guard case .text(let name) = try read(next, of: reader, depth: depth).content else {
                throw YAMLFailure(line: next.line, message: "a name must be text")
            }
            guard names.insert(name).inserted else {
                throw YAMLFailure(line: next.line, message: "\(name) is given twice; give it once")
            }
            let value = try read(reader.next(), of: reader, depth: depth)
            members.append(YAMLMember(name: name, line: next.line, value: value))
        }
    }
}
