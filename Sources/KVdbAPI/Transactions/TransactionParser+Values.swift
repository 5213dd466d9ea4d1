import HTTPAPI
import HTTPServer
import KeyValueStore

/// What a set says of its value.
extension TransactionParser {
    func newValue(_ members: Members) throws(APIError) -> NewValue {
        var value = try value(members)
        guard value.bytes.count <= options.maxValueSize else {
            throw .badRequest(
                "the value has \(value.bytes.count) bytes, and the limit is \(options.maxValueSize); send less")
        }
        if let type = try contentType(members.contentType) { value.contentType = type }
        value.lifetime = try lifetime(members)
        return value
    }

    private func value(_ members: Members) throws(APIError) -> NewValue {
        let isText = try Self.isTextOfJSON(members.type)
        switch (members.value, members.base64) {
        case (let json?, nil):
            return isText ? try Self.json(text: try Self.text(json)) : try Self.value(json)
        case (nil, let base64?):
            let bytes = try Self.bytes(base64)
            return isText ? try Self.json(text: bytes) : NewValue(bytes: bytes, type: .bytes)
        default:
            throw .badRequest("a set needs either a value, which may be any JSON, or base64 for bytes")
        }
    }

    /// A string's bytes, a number in its canonical form, and all else as the JSON that was sent.
    private static func value(_ json: JSONReader) throws(APIError) -> NewValue {
        var json = json
        if try json.kind() == .string { return NewValue(bytes: try json.string(), type: .bytes) }
        let isNumber = try json.kind() == .number
        let text = Array(try json.value())
        return isNumber && Number.isCanonical(text) ? NewValue(bytes: text, type: .number) : Self.json(text)
    }

    private static func json(_ text: [UInt8]) -> NewValue {
        NewValue(bytes: text, type: .json, contentType: .explicit(Array("application/json".utf8)))
    }

    /// The JSON that a string has as its text, kept with its line ends.
    private static func json(text: [UInt8]) throws(APIError) -> NewValue {
        var json = try JSONReader(text)
        try json.value()
        try json.end()
        return Self.json(text)
    }

    private static func text(_ json: JSONReader) throws(APIError) -> [UInt8] {
        var json = json
        guard try json.kind() == .string else {
            throw .badRequest("with type json the value must be a string whose text is JSON")
        }
        return try json.string()
    }

    private static func bytes(_ json: JSONReader) throws(APIError) -> [UInt8] {
        var json = json
        guard try json.kind() == .string, let bytes = try json.base64() else {
            throw .badRequest("base64 must be a string in base64 (RFC 4648 §4)")
        }
        return bytes
    }

    private static func isTextOfJSON(_ type: JSONReader?) throws(APIError) -> Bool {
        guard var type else { return false }
        switch try type.kind() {
        case .null: return false
        case .string where try type.string() == Array("json".utf8): return true
        default: throw .badRequest(#"type must be "json", for a value that is the text of JSON; else leave it out"#)
        }
    }

    /// Nil where the value's own holds; an empty one is none.
    private func contentType(_ json: JSONReader?) throws(APIError) -> ContentType? {
        guard var json, try json.kind() != .null else { return nil }
        guard try [.string, .object].contains(json.kind()) else { throw Self.noContentType }
        let type = try json.stringOrBase64()
        guard type.count <= ContentType.maxLength, FieldValue.isValid(type) else { throw Self.noContentType }
        return type.isEmpty ? .unspecified : .explicit(type)
    }

    private static let noContentType = APIError.badRequest(
        """
        content_type must be a media type, as image/png, of at most \(ContentType.maxLength) bytes without control characters \
        or spaces around it; "" is for none
        """)
}

// MARK: - Time

extension TransactionParser {
    private func lifetime(_ members: Members) throws(APIError) -> NewValue.Lifetime? {
        let timeToLive = try timeToLive(members.timeToLive)
        guard let expiry = try expiry(members.expires) else { return timeToLive.map { .timeToLive($0) } }
        guard timeToLive == nil else { throw .badRequest("a set has a ttl or expires, not both; leave one out") }
        return expiry
    }

    func timeToLive(_ json: JSONReader?) throws(APIError) -> TimeToLive? {
        guard let text = try scalar(json, "ttl") else { return nil }
        return try TimeToLive(seconds: text, name: "ttl")
    }

    private func expiry(_ json: JSONReader?) throws(APIError) -> NewValue.Lifetime? {
        guard let json, let text = try scalar(json, "expires") else { return nil }
        // The digits as they were sent: a float's would not do for times far ahead.
        var copy = json
        let digits = try copy.kind() == .number ? String(decoding: try copy.value(), as: UTF8.self) : text
        guard let milliseconds = try? DecimalSeconds.milliseconds(digits), milliseconds >= 0 else {
            return try Self.expiry(seconds: text)
        }
        return Self.expiry(milliseconds: milliseconds)
    }

    private static func expiry(seconds text: String) throws(APIError) -> NewValue.Lifetime {
        do throws(DecimalSeconds.Failure) {
            return expiry(milliseconds: try DecimalSeconds.milliseconds(text))
        } catch {
            switch error {
            case .malformed:
                throw .badRequest(
                    "expires must be the seconds since 1970, as 1795348800.5, with at most three decimals; 0 is never")
            case .tooLarge:
                throw .badRequest("expires is too large; give an earlier time, or 0 for a key that never expires")
            }
        }
    }

    private static func expiry(milliseconds: Int64) -> NewValue.Lifetime {
        milliseconds == 0 ? .timeToLive(.forever) : .until(Timestamp(milliseconds: milliseconds))
    }
}
