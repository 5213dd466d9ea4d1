/// The texts in pickles, which are binary from protocol 1 on, and lines with escapes in protocol 0.
enum PickleText {
    /// A `str`, in UTF-8.
    static func utf8(_ bytes: ArraySlice<UInt8>) throws(PickleError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PickleError("a string has characters that are not valid Unicode")
        }
        return text
    }

    /// A `str` of Python 2, which Python 3 takes for ASCII.
    static func ascii(_ bytes: some Collection<UInt8>) throws(PickleError) -> String {
        guard bytes.allSatisfy({ $0 < 0x80 }) else { throw PickleError("a string of Python 2 is not ASCII") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The argument of `STRING`: a literal of Python 2 in quotes, with its escapes.
    static func literal(_ line: ArraySlice<UInt8>) throws(PickleError) -> String {
        guard let quote = line.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""), line.count >= 2,
            line.last == quote
        else { throw .damaged("a string is not in quotes") }
        var rest = line.dropFirst().dropLast()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") {
                try escape(&rest, into: &bytes)
            } else {
                bytes.append(byte)
            }
        }
        return try ascii(bytes)
    }

    /// Reads what stands behind a backslash.
    private static func escape(_ rest: inout ArraySlice<UInt8>, into bytes: inout [UInt8]) throws(PickleError) {
        guard let letter = rest.popFirst() else { throw .damaged("a string ends in a backslash") }
        switch letter {
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(letter)
        case UInt8(ascii: "a"): bytes.append(0x07)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "v"): bytes.append(0x0B)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "x"):
            guard let code = number(rest.prefix(2), radix: 16), rest.count >= 2 else {
                throw .damaged(#"a string has \x without two digits"#)
            }
            rest = rest.dropFirst(2)
            bytes.append(UInt8(truncatingIfNeeded: code))
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var code = UInt32(letter - UInt8(ascii: "0"))
            for _ in 0..<2 {
                guard let digit = number(rest.prefix(1), radix: 8) else { break }
                code = code * 8 + digit
                rest = rest.dropFirst()
            }
            bytes.append(UInt8(truncatingIfNeeded: code))
        default: bytes += [UInt8(ascii: "\\"), letter]
        }
    }

    /// The argument of `UNICODE`: Latin-1, with others than that as `\u20ac` and `\U0001f600`.
    static func rawUnicode(_ line: ArraySlice<UInt8>) throws(PickleError) -> String {
        var rest = line
        var text = String.UnicodeScalarView()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                text.append(Unicode.Scalar(byte))
                continue
            }
            guard letter == UInt8(ascii: "u") || letter == UInt8(ascii: "U") else {
                text.append(Unicode.Scalar(byte))
                text.append(Unicode.Scalar(letter))
                continue
            }
            let digits = rest.prefix(letter == UInt8(ascii: "u") ? 4 : 8)
            rest = rest.dropFirst(digits.count)
            guard digits.count == (letter == UInt8(ascii: "u") ? 4 : 8),
                let scalar = number(digits, radix: 16).flatMap({ Unicode.Scalar($0) })
            else { throw PickleError("a string has characters that are not valid Unicode") }
            text.append(scalar)
        }
        return String(text)
    }

    /// The argument of `FLOAT`, as Python writes it.
    static func float(_ line: ArraySlice<UInt8>) throws(PickleError) -> Double {
        guard line.count <= 64, let number = Double(String(decoding: line, as: UTF8.self)) else {
            throw .damaged("a float is no number")
        }
        return number
    }

    /// Digits and nothing else; nil where there is none, or one is another character.
    private static func number(_ digits: ArraySlice<UInt8>, radix: Int) -> UInt32? {
        guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "z") ~= $0 }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: radix)
    }
}
