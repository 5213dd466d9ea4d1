extension PickleValue {
    /// The value as compact JSON (RFC 8259), tuples and sets as arrays; integers have all their digits, and floats the fewest
    /// that tell them from others.
    ///
    /// - Throws: where JSON has no such value, or its text were too large.
    package func json() throws(PickleError) -> [UInt8] {
        var text = JSONText()
        try text.append(self)
        return text.bytes
    }
}

private struct JSONText {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: PickleValue) throws(PickleError) {
        switch value {
        case .none: try append("null".utf8)
        case .bool(let value): try append((value ? "true" : "false").utf8)
        case .int(let value): try append(String(value).utf8)
        case .bigInt(let digits): try append(digits.utf8)
        case .float(let value):
            guard value.isFinite else { throw PickleError("it holds the number \(value), which JSON has not") }
            try append(value.description.utf8)
        case .string(let text): try append(string: text)
        case .bytes: throw PickleError("it holds bytes among other values, which JSON has not")
        case .list(let values), .tuple(let values), .set(let values): try append(array: values)
        case .dict(let members): try append(object: members)
        }
    }

    private mutating func append(array values: [PickleValue]) throws(PickleError) {
        try append("[".utf8)
        for (index, value) in values.enumerated() {
            if index > 0 { try append(",".utf8) }
            try append(value)
        }
        try append("]".utf8)
    }

    private mutating func append(object members: [PickleValue.Member]) throws(PickleError) {
        try append("{".utf8)
        for (index, member) in members.enumerated() {
            guard case .string(let name) = member.key else {
                throw PickleError("it holds a dict with a key that is no string, which JSON has not")
            }
            if index > 0 { try append(",".utf8) }
            try append(string: name)
            try append(":".utf8)
            try append(member.value)
        }
        try append("}".utf8)
    }

    private mutating func append(string text: String) throws(PickleError) {
        guard text.utf8.count <= PickleLimits.sizeMax - bytes.count else { throw .tooLarge }
        try append("\"".utf8)
        if text.utf8.contains(where: Self.isEscaped) {
            for byte in text.utf8 { append(escaping: byte) }
        } else {
            try append(text.utf8)
        }
        try append("\"".utf8)
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += Array(#"\n"#.utf8)
        case UInt8(ascii: "\r"): bytes += Array(#"\r"#.utf8)
        case UInt8(ascii: "\t"): bytes += Array(#"\t"#.utf8)
        case 0..<0x10: bytes += Array((#"\u000"# + String(byte, radix: 16)).utf8)
        case 0x10..<0x20: bytes += Array((#"\u00"# + String(byte, radix: 16)).utf8)
        default: bytes.append(byte)
        }
    }

    private mutating func append(_ text: some Collection<UInt8>) throws(PickleError) {
        guard text.count <= PickleLimits.sizeMax - bytes.count else { throw .tooLarge }
        bytes += text
    }
}
