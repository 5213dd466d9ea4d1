/// A header or trailer field line without its CR LF (RFC 9112 §5).
struct FieldLine {
    /// The name is what stands before the index of the colon.
    let colon: Int
    /// The value without white space around it.
    let value: Range<Int>

    init(_ line: Span<UInt8>) throws(ProtocolFailure) {
        var index = 0
        while index < line.count, line[index].isTokenCharacter { index += 1 }
        guard index > 0, index < line.count, line[index] == UInt8(ascii: ":") else {
            throw line.count > 0 && (line[0] == .space || line[0] == .tab) ? .foldedField : .malformedField
        }
        colon = index
        var isValid = true
        for index in colon + 1..<line.count { isValid = isValid && line[index].isFieldCharacter }
        guard isValid else { throw .malformedField }
        value = line.trimmed(colon + 1..<line.count)
    }
}
