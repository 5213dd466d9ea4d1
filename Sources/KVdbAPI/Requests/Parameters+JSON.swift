import FoundationEssentials

extension Parameters {
    /// Parses a JSON object whose values are strings, numbers, booleans or null (which counts as not given).
    ///
    /// - Throws: `badRequest` where it is no such object, or a name is given twice.
    init(jsonObject bytes: [UInt8]) throws(APIError) {
        let object: [String: Scalar]
        do {
            object = try JSONDecoder().decode([String: Scalar].self, from: Data(bytes))
        } catch {
            throw .badRequest(
                #"the body is not a JSON object of names and plain values, as {"email":"user@example.com"}"#)
        }
        // The decoder keeps one of two equal names without a word, so the names are counted.
        guard JSONNames.count(inObject: bytes) == object.count else {
            throw .badRequest("a name is given twice in the JSON object; give it once")
        }
        self.init(
            object.compactMap { name, scalar in
                switch scalar {
                case .null: nil
                case .text(let text): Field(name: name, string: text)
                case .number(let text): Field(name: name, number: text)
                }
            })
    }

    private enum Scalar: Decodable {
        case null
        case text(String)
        case number(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode(Int64.self) {
                self = .number(String(value))
            } else if let value = try? container.decode(Bool.self) {
                self = .text(String(value))
            } else {
                self = .number(String(try container.decode(Double.self)))
            }
        }
    }
}

/// Counts the names of a JSON object's own members.
enum JSONNames {
    /// - Parameter bytes: a valid JSON object.
    static func count(inObject bytes: [UInt8]) -> Int {
        var count = 0
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
        }
        return count
    }
}
