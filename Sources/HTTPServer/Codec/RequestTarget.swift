/// The path and query of a request target (RFC 9112 §3.2).
struct RequestTarget {
    /// Nil where an absolute target has no path.
    let path: Range<Int>?
    let query: Range<Int>?

    /// Reads the target that stands at `range` of `line`.
    init(of line: Span<UInt8>, at range: Range<Int>, method: Method) throws(ProtocolFailure) {
        guard !range.isEmpty else { throw .malformedRequestLine }
        for index in range where !line[index].isTargetCharacter { throw .malformedTarget }
        // What is behind CONNECT is the authority of a tunnel alone (RFC 9112 §3.2.3), and there are no tunnels here.
        if case .other("CONNECT") = method { throw .malformedTarget }
        if line[range.lowerBound] == UInt8(ascii: "/") {
            (path, query) = RequestTarget.split(line, range)
            return
        }
        if range.count == 1, line[range.lowerBound] == UInt8(ascii: "*"), method == .options {
            (path, query) = (range, nil)
            return
        }
        guard let authorityStart = RequestTarget.authorityStart(line, range) else { throw .malformedTarget }
        var authorityEnd = authorityStart
        while authorityEnd < range.upperBound, line[authorityEnd] != UInt8(ascii: "/"),
            line[authorityEnd] != UInt8(ascii: "?")
        {
            authorityEnd += 1
        }
        guard Authority.isValid(line.extracting(authorityStart..<authorityEnd)) else { throw .malformedHost }
        let (rest, query) = RequestTarget.split(line, authorityEnd..<range.upperBound)
        self.path = rest.isEmpty ? nil : rest
        self.query = query
    }

    /// What stands before and behind the first "?".
    private static func split(_ line: Span<UInt8>, _ range: Range<Int>) -> (Range<Int>, Range<Int>?) {
        for index in range where line[index] == UInt8(ascii: "?") {
            return (range.lowerBound..<index, index + 1..<range.upperBound)
        }
        return (range, nil)
    }

    /// The index behind `http://` or `https://`.
    private static func authorityStart(_ line: Span<UInt8>, _ range: Range<Int>) -> Int? {
        for scheme: StaticString in ["http://", "https://"] {
            let end = range.lowerBound + scheme.utf8CodeUnitCount
            if end <= range.upperBound, line.extracting(range.lowerBound..<end).equalsIgnoringCase(scheme) {
                return end
            }
        }
        return nil
    }
}
