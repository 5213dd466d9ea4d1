/// Reads one JSON text (RFC 8259) from its beginning to its end, strictly, and tells where each value stands in it: a value
/// that is kept is exactly the text that was sent.
///
/// A copy is cheap and reads on from where it was made.
package struct JSONReader: Sendable {
    package enum Kind: Sendable {
        case object, array, string, number, boolean, null
    }

    /// How deep arrays and objects may stand in each other.
    static let maxDepth = 128
    /// How many members an object may have whose members are looked at.
    static let maxMembers = 1024

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// - Throws: `badRequest` where `bytes` are not valid UTF-8.
    package init(_ bytes: [UInt8]) throws(APIError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw Self.error("this is not valid UTF-8", at: error.byteOffsets.lowerBound)
        }
        self.bytes = bytes
    }

    /// What the next value is, by its first byte.
    package mutating func kind() throws(APIError) -> Kind {
        skipWhiteSpace()
        guard let next else { throw expected("a value") }
        switch next {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw expected("a value")
        }
    }

    /// Whether the next value is an object, as far as its first byte tells.
    package var beginsObject: Bool {
        var copy = self
        return (try? copy.kind()) == .object
    }

    /// Reads an object; `member` must read the value of each name that it is called with.
    ///
    /// - Throws: `badRequest` where it is none, or a name is given twice; what `member` throws.
    package mutating func object(
        _ member: (_ name: String, inout JSONReader) throws(APIError) -> Void
    ) throws(APIError) {
        guard try kind() == .object else { throw expected("an object") }
        var names: Set<[UInt8]> = []
        try members { (reader) throws(APIError) in
            let start = reader.position
            let name = try reader.string()
            guard names.count < Self.maxMembers else {
                throw Self.error("an object here may have at most \(Self.maxMembers) members", at: start)
            }
            let text = String(decoding: name, as: UTF8.self)
            guard names.insert(name).inserted else {
                throw .badRequest("\(text.prefix(64)) is given twice; give it once")
            }
            try reader.readColon()
            try member(text, &reader)
        }
    }

    /// Reads an array; `element` must read each element, whose place it is called with.
    package mutating func array(
        _ element: (_ index: Int, inout JSONReader) throws(APIError) -> Void
    ) throws(APIError) {
        guard try kind() == .array else { throw expected("an array") }
        var index = 0
        try elements { (reader) throws(APIError) in
            try element(index, &reader)
            index += 1
        }
    }

    /// Reads a value of any kind.
    ///
    /// - Returns: its text, as it was sent.
    @discardableResult
    package mutating func value() throws(APIError) -> ArraySlice<UInt8> {
        let kind = try kind()
        let start = position
        switch kind {
        case .object:
            try members { (reader) throws(APIError) in
                try reader.skipString()
                try reader.readColon()
                try reader.value()
            }
        case .array: try elements { (reader) throws(APIError) in _ = try reader.value() }
        case .string: try skipString()
        case .number: try skipNumber()
        case .boolean: try skip(next == UInt8(ascii: "t") ? "true" : "false")
        case .null: try skip("null")
        }
        return bytes[start..<position]
    }

    /// Reads a string: the UTF-8 that it stands for.
    package mutating func string() throws(APIError) -> [UInt8] {
        guard try kind() == .string else { throw expected("a string") }
        var result: [UInt8] = []
        try readString { result += $0 }
        return result
    }

    /// Makes sure that nothing comes behind what was read.
    package mutating func end() throws(APIError) {
        skipWhiteSpace()
        guard position == bytes.count else { throw expected("the end") }
    }
}

// MARK: - Syntax

extension JSONReader {
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func readColon() throws(APIError) {
        skipWhiteSpace()
        guard take(UInt8(ascii: ":")) else { throw expected("a colon") }
    }

    private mutating func members(_ read: (inout JSONReader) throws(APIError) -> Void) throws(APIError) {
        try items(closing: UInt8(ascii: "}"), "a comma or }") { (reader) throws(APIError) in
            reader.skipWhiteSpace()
            guard reader.next == UInt8(ascii: "\"") else { throw reader.expected("a name in quotes") }
            try read(&reader)
        }
    }

    private mutating func elements(_ read: (inout JSONReader) throws(APIError) -> Void) throws(APIError) {
        try items(closing: UInt8(ascii: "]"), "a comma or ]", read)
    }

    /// Reads what stands between the bracket at hand and its end, with commas between.
    private mutating func items(
        closing: UInt8, _ separator: StaticString, _ read: (inout JSONReader) throws(APIError) -> Void
    ) throws(APIError) {
        guard depth < Self.maxDepth else {
            throw Self.error("arrays and objects may stand at most \(Self.maxDepth) deep in each other", at: position)
        }
        depth += 1
        defer { depth -= 1 }
        position += 1
        skipWhiteSpace()
        if take(closing) { return }
        while true {
            try read(&self)
            skipWhiteSpace()
            if take(closing) { return }
            guard take(UInt8(ascii: ",")) else { throw expected(separator) }
        }
    }

    private mutating func skip(_ literal: StaticString) throws(APIError) {
        for offset in 0..<literal.utf8CodeUnitCount {
            guard take(literal.utf8Start[offset]) else { throw expected("true, false or null") }
        }
    }

    private mutating func skipNumber() throws(APIError) {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try skipDigits() }
        if take(UInt8(ascii: ".")) { try skipDigits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(APIError) {
        let start = position
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard position > start else { throw expected("a digit") }
    }

    private mutating func skipString() throws(APIError) {
        try readString { _ in }
    }

    /// Hands the string at hand to `append`, piece by piece and without its escapes.
    private mutating func readString(_ append: (ArraySlice<UInt8>) -> Void) throws(APIError) {
        position += 1
        var start = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                append(bytes[start..<position])
                position += 1
                return
            case UInt8(ascii: "\\"):
                append(bytes[start..<position])
                position += 1
                append(try readEscape()[...])
                start = position
            case 0..<0x20:
                throw Self.error("a control character in a string must be escaped", at: position)
            default:
                position += 1
            }
        }
        throw expected("the end of a string")
    }

    /// Reads what is behind a backslash: the UTF-8 that it stands for.
    private mutating func readEscape() throws(APIError) -> [UInt8] {
        guard let byte = next else { throw expected("the end of a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(try readScalar()).utf8)
        default: throw Self.error("there is no such escape", at: position - 1)
        }
    }

    /// Reads the four digits behind `\u`, and those of the other half of a surrogate pair.
    private mutating func readScalar() throws(APIError) -> Unicode.Scalar {
        let start = position
        let high = try readFourDigits()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard (0xD800...0xDBFF).contains(high), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw Self.error("half of a surrogate pair stands alone", at: start)
        }
        let low = try readFourDigits()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw Self.error("half of a surrogate pair stands alone", at: start) }
        return scalar
    }

    private mutating func readFourDigits() throws(APIError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = PercentEncoding.hexValue(byte) else {
                throw expected("four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private func expected(_ what: StaticString) -> APIError {
        Self.error("\(what) must stand here", at: position)
    }

    private static func error(_ message: String, at offset: Int) -> APIError {
        .badRequest("the JSON can't be read at byte \(offset): \(message)")
    }
}
