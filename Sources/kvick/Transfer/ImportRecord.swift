import HTTPAPI
import KVdbAPI
import NIOCore

/// A line of an import: a record, as the operation of a transaction that sets it.
struct ImportRecord {
    /// Counted from 1.
    let line: Int
    let key: [UInt8]
    /// Its text, in JSON.
    let operation: ByteBuffer

    /// - Parameters:
    ///   - onlyIfAbsent: whether a key that is there stays as it is.
    /// - Throws: an `APIError` where `text` is no record.
    init(_ text: [UInt8], line: Int, onlyIfAbsent: Bool) throws(APIError) {
        let members = try Members(text)
        guard let keyStart = members.key else { throw .badRequest("key is missing; each line is a key with its value") }
        key = try Self.key(keyStart)
        self.line = line
        var writer = JSONWriter()
        writer.raw(#"{"set":"#)
        writer.copy(keyStart)
        try members.writeValue(to: &writer)
        writer.member(#","type":"#, members.type)
        writer.member(#","content_type":"#, members.contentType)
        if let expires = members.expires {
            writer.member(#","expires":"#, expires)
        } else {
            writer.raw(#","expires":0"#)
        }
        writer.raw(onlyIfAbsent ? #","if_absent":true}"# : "}")
        operation = writer.buffer
    }

    private static func key(_ json: JSONReader) throws(APIError) -> [UInt8] {
        var json = json
        guard try [.string, .object].contains(json.kind()) else {
            throw .badRequest(#"key must be a string, or {"base64":"…"} for bytes that are not UTF-8"#)
        }
        return try json.stringOrBase64()
    }

    /// The members of a record, each where its value begins; those that are null are left out.
    private struct Members {
        var key: JSONReader?
        var value: JSONReader?
        var base64: JSONReader?
        var type: JSONReader?
        var contentType: JSONReader?
        var expires: JSONReader?

        init(_ text: [UInt8]) throws(APIError) {
            var json = try JSONReader(text)
            guard json.beginsObject else {
                throw .badRequest(#"a line must be a JSON object, as {"key":"hello","value":"world"}"#)
            }
            try json.object { (name, json) throws(APIError) in
                let start = json
                let isNull = try json.kind() == .null
                try json.value()
                switch name {
                case "key": key = start
                case "value": value = start
                case "base64": base64 = isNull ? nil : start
                case "type": type = isNull ? nil : start
                case "content_type": contentType = isNull ? nil : start
                case "expires": expires = isNull ? nil : start
                default:
                    // What it means can't be kept, so it must not get lost.
                    throw .badRequest(
                        "\(name.prefix(64)) is no member of a record; there are key, value, base64, type, content_type, expires"
                    )
                }
            }
            try json.end()
        }

        func writeValue(to writer: inout JSONWriter) throws(APIError) {
            switch (value, base64) {
            case (let value?, nil):
                if let bytes = try Self.bytesOfLongText(value) {
                    writer.raw(#","base64":"#)
                    writer.base64(bytes)
                } else {
                    writer.member(#","value":"#, value)
                }
            case (nil, let base64?): writer.member(#","base64":"#, base64)
            default: throw .badRequest("a record has either a value or base64")
            }
        }

        /// What a text stands for that is long and longer with its escapes than as base64, for a body's size has a limit.
        private static func bytesOfLongText(_ value: JSONReader) throws(APIError) -> [UInt8]? {
            var (json, copy) = (value, value)
            guard try json.kind() == .string else { return nil }
            let size = try json.value().count
            guard size > 16 << 10 else { return nil }
            let bytes = try copy.string()
            return size > (bytes.count + 2) / 3 * 4 + 2 ? bytes : nil
        }
    }
}

extension JSONWriter {
    /// A value as it was written where it was read.
    fileprivate mutating func copy(_ json: JSONReader) {
        var json = json
        // It was read before, so it is one.
        if let text = try? json.value() { buffer.writeBytes(text) }
    }

    fileprivate mutating func member(_ name: StaticString, _ json: JSONReader?) {
        guard let json else { return }
        raw(name)
        copy(json)
    }
}
