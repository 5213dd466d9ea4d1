import KOTAPI

/// Values as Python Fire prints them, which is how KOT's command line prints.
enum FireText {
    /// A value that stands in a line: a string as it is, all else as `json.dumps` writes it.
    static func line(_ value: KOTValue) throws -> String {
        switch value {
        case .bytes(let bytes): file(bytes)
        case .json(let json): try line(json[...])
        }
    }

    static func line(_ json: ArraySlice<UInt8>) throws -> String {
        var tokens = JSONTokens(json)
        if case .string(let string) = tokens.next() {
            return onOneLine(try JSONText.text(ofString: string))
        }
        return try dumped(json)
    }

    static func onOneLine(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 == UInt8(ascii: "\n") ? 0x20 : $0 }, as: UTF8.self)
    }

    /// As Python's `json.dumps` writes it with `ensure_ascii=False`.
    static func dumped(_ json: ArraySlice<UInt8>) throws -> String {
        var result = ""
        for token in JSONTokens(json) {
            switch token {
            case .punctuation(UInt8(ascii: ",")): result += ", "
            case .punctuation(UInt8(ascii: ":")): result += ": "
            case .punctuation(let byte): result.unicodeScalars.append(Unicode.Scalar(byte))
            case .string(let string):
                result += JSONText.string(try JSONText.text(ofString: string))
            case .literal(let literal): result += dumped(literal: literal)
            }
        }
        return result
    }

    private static func dumped(literal: ArraySlice<UInt8>) -> String {
        guard let first = literal.first, !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
            return String(decoding: literal, as: UTF8.self)
        }
        // An infinity comes of a number that is too large for a float.
        return PythonNumber.text(ofJSON: literal).replacing("inf", with: "Infinity")
    }

    /// What is printed in the place of a file's bytes.
    static func file(_ bytes: [UInt8]) -> String {
        "a file of \(bytes.count) bytes"
    }

    /// How many columns a name takes, as Python counts a string's length.
    static func width(_ name: String) -> Int {
        name.unicodeScalars.count
    }
}
