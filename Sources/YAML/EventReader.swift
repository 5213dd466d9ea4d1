import CYAML

/// What libyaml tells of a text, an event at a time. For one thread.
final class EventReader {
    /// A part of a text, from its beginning on.
    enum Event: Equatable {
        case documentStart
        case documentEnd
        case listStart
        case listEnd
        case mappingStart
        case mappingEnd
        /// - Parameter isPlain: whether it stands there without quotes.
        case scalar(String, isPlain: Bool)
        /// What stands for a value that is elsewhere, which it names.
        case alias(String)
        case end
    }

    /// In UTF-8 (YAML 1.2.2 §5.2).
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Both stay where they are, for the parser has pointers to itself and into the text.
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let text: UnsafeMutableBufferPointer<UInt8>

    /// - Throws: where there is no memory.
    init(_ text: [UInt8]) throws(YAMLFailure) {
        // libyaml, which is told the encoding, would take the mark for the first line's first column.
        let text = text.starts(with: Self.byteOrderMark) ? text.dropFirst(Self.byteOrderMark.count) : text[...]
        // libyaml takes no null pointer, not even for nothing.
        self.text = .allocate(capacity: text.count + 1)
        self.text.initialize(repeating: UInt8(ascii: "\n"))
        _ = self.text.update(fromContentsOf: text)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLFailure(line: 1, message: "there is no memory to read this")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, self.text.baseAddress, text.count)
    }

    deinit {
        // One that was not initialized is all zeros, of which nothing is freed.
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event, and the line from 1 on that it begins on. Not to be called behind the end, or a failure.
    func next() throws(YAMLFailure) -> (event: Event, line: Int) {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
            defer { yaml_event_delete(&event) }
            if let known = Self.event(event) { return (known, Int(clamping: event.start_mark.line) + 1) }
        }
    }

    /// Nil for what says nothing of the text.
    private static func event(_ event: yaml_event_t) -> Event? {
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_SEQUENCE_START_EVENT: return .listStart
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_START_EVENT: return .mappingStart
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
        case YAML_ALIAS_EVENT:
            return .alias(event.data.alias.anchor.map { String(cString: $0) } ?? "")
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return .end
        default: return nil
        }
    }

    private var failure: YAMLFailure {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "it can't be read"
        // Of bytes that are no characters libyaml knows the offset alone.
        let line =
            parser.error == YAML_READER_ERROR
            ? text.prefix(Int(clamping: parser.problem_offset)).count { $0 == UInt8(ascii: "\n") }
            : Int(clamping: parser.problem_mark.line)
        return YAMLFailure(line: line + 1, message: "this is no YAML: \(problem)")
    }
}
