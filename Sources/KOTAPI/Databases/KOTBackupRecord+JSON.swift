import HTTPAPI
import KeyValueStore

/// A record of a backup as one line of JSON; `docs/format.md`, "Backups of databases", pins it.
extension KOTBackupRecord {
    /// The line, without its end.
    package func jsonLine() -> [UInt8] {
        var line = JSONWriter()
        line.raw(#"{"key":"#)
        line.string(key)
        switch content {
        case .value(let value, let isCompressed):
            line.member(value)
            if isCompressed { line.raw(#","compressed":true"#) }
        case .sealed(let bytes):
            line.raw(#","sealed":"#)
            line.base64(bytes)
        }
        line.raw("}")
        return Array(line.buffer.readableBytesView)
    }

    /// - Throws: where the line is no such record, with what is wrong.
    package init(jsonLine: [UInt8]) throws {
        var reader = try JSONReader(jsonLine)
        try self.init(from: &reader)
        try reader.end()
    }

    init(from reader: inout JSONReader) throws(APIError) {
        var key: String?
        var value: KOTValue?
        var (bytes, sealed): ([UInt8]?, [UInt8]?)
        var isCompressed = false
        try reader.object { (name, reader) throws(APIError) in
            switch name {
            case "key": key = String(decoding: try reader.string(), as: UTF8.self)
            case "value": value = .json(try reader.compactValue())
            case "base64": bytes = try reader.requiredBase64("base64")
            case "sealed": sealed = try reader.requiredBase64("sealed")
            case "compressed":
                guard try reader.kind() == .boolean else { throw .badRequest("compressed must be true or false") }
                isCompressed = try reader.value().elementsEqual("true".utf8)
            default: throw .badRequest("a record of a backup has no member \(name.prefix(64))")
            }
        }
        guard key?.isEmpty != true else { throw .badRequest("a record of a backup has an empty key") }
        if let sealed, (try? StoredValue(sealed))?.isSealed != true {
            throw .badRequest("the sealed value of \(key?.prefix(64) ?? "a key") is damaged or of a newer version")
        }
        switch (key, value, bytes, sealed) {
        case (let key?, let value?, nil, nil): self.init(key: key, .value(value, isCompressed: isCompressed))
        case (let key?, nil, let bytes?, nil): self.init(key: key, .value(.bytes(bytes), isCompressed: isCompressed))
        case (let key?, nil, nil, let sealed?) where !isCompressed: self.init(key: key, .sealed(sealed))
        default:
            throw .badRequest(
                "a record of a backup must have a key, and one of value, base64 and sealed, the last not compressed")
        }
    }
}

extension JSONReader {
    package mutating func requiredBase64(_ name: StaticString) throws(APIError) -> [UInt8] {
        guard let bytes = try base64() else { throw .badRequest("\(name) must be in base64 (RFC 4648 §4)") }
        return bytes
    }

    /// Reads a value of any kind: its text, without the white space between its parts.
    package mutating func compactValue() throws(APIError) -> [UInt8] {
        var compact: [UInt8] = []
        let text = try value()
        compact.reserveCapacity(text.count)
        var (isInString, isEscaped) = (false, false)
        for byte in text {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
                continue
            }
            compact.append(byte)
        }
        return compact
    }
}
