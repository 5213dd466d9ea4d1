import HTTPAPI
import KOTAPI
import NIOCore

/// What commands do with JSON texts (RFC 8259).
enum JSONText {
    /// A text in quotes, with what must be escaped.
    static func string(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(buffer: writer.buffer)
    }

    /// What a string stands for.
    static func text(ofString json: ArraySlice<UInt8>) throws -> String {
        do throws(APIError) {
            var reader = try JSONReader(Array(json))
            return String(decoding: try reader.string(), as: UTF8.self)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    /// What a string says with `\n` and `\r` for its line ends, and other JSON as it is.
    static func plain(_ json: ArraySlice<UInt8>) throws -> String {
        guard json.first == UInt8(ascii: "\"") else { return String(decoding: json, as: UTF8.self) }
        // Byte for byte, for `\r\n` is one character.
        let bytes = try text(ofString: json).utf8.flatMap { byte in
            switch byte {
            case UInt8(ascii: "\n"): Array(#"\n"#.utf8)
            case UInt8(ascii: "\r"): Array(#"\r"#.utf8)
            default: [byte]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `text` without white space between its parts; nil where it is not JSON.
    static func compact(_ text: String) -> [UInt8]? {
        compact(Array(text.utf8))
    }

    /// `bytes` without white space between their parts; nil where they are not JSON.
    static func compact(_ bytes: [UInt8]) -> [UInt8]? {
        guard var reader = try? JSONReader(bytes), let json = try? reader.compactValue(), (try? reader.end()) != nil
        else { return nil }
        return json
    }

    /// The elements of an array, which is valid; nil where `json` is none.
    static func elements(of json: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        parts(of: json, opening: UInt8(ascii: "["))
    }

    /// The names and values of an object, which is valid; nil where `json` is none.
    static func members(of json: ArraySlice<UInt8>) throws -> [(name: String, value: ArraySlice<UInt8>)]? {
        try parts(of: json, opening: UInt8(ascii: "{"))?.map { member in
            var tokens = JSONTokens(member)
            guard case .string(let name) = tokens.next(), case .punctuation = tokens.next() else {
                throw CommandFailure("the JSON can't be read: a name in quotes must stand before each value")
            }
            return (try text(ofString: name), member[tokens.position...])
        }
    }

    /// What stands between the commas within the outermost brackets.
    private static func parts(of json: ArraySlice<UInt8>, opening: UInt8) -> [ArraySlice<UInt8>]? {
        var tokens = JSONTokens(json)
        guard case .punctuation(opening) = tokens.next() else { return nil }
        var parts: [ArraySlice<UInt8>] = []
        var depth = 1
        var start = tokens.position
        var isEmpty = true
        while depth > 0, let token = tokens.next() {
            guard case .punctuation(let byte) = token else {
                isEmpty = false
                continue
            }
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                isEmpty = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0, !isEmpty { parts.append(json[start..<(tokens.position - 1)]) }
            case UInt8(ascii: ",") where depth == 1:
                parts.append(json[start..<(tokens.position - 1)])
                start = tokens.position
            default: break
            }
        }
        return parts
    }
}
