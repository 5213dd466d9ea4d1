import HTTPAPI
import KeyValueStore
import NIOCore

/// A line of an export: a record, with all that it takes to set it as it is (docs/format.md, "Exports").
enum ExportLine {
    /// What a JSON value has as its content type unless its line says another.
    private static let contentTypeOfJSON = Array("application/json".utf8)

    static func write(_ key: UnsafeRawBufferPointer, _ record: RecordView, to buffer: inout ByteBuffer) {
        // The buffer is handed over and taken back, so that it is written in place.
        var writer = JSONWriter(buffer: buffer)
        buffer = ByteBuffer()
        defer { buffer = writer.buffer }
        writer.raw(#"{"key":"#)
        writer.bytes(key)
        writeValue(of: record, to: &writer)
        writeContentType(of: record, to: &writer)
        if let expiry = record.expiry {
            writer.raw(#","expires":"#)
            writer.buffer.writeString(DecimalSeconds.text(milliseconds: max(0, expiry.milliseconds)))
        }
        writer.raw("}\n")
    }

    private static func writeValue(of record: RecordView, to writer: inout JSONWriter) {
        switch record.type {
        case .bytes where !record.isUTF8:
            writer.raw(#","base64":"#)
            writer.base64(record.value)
        case .json where !showsItsType(record.value):
            writer.raw(#","type":"json","value":"#)
            writer.bytes(record.value, isUTF8: true)
        case .bytes, .number, .json:
            writer.raw(#","value":"#)
            writer.value(record.value, record.type, isUTF8: record.isUTF8)
        }
    }

    /// Whether this JSON can stand in a line as it is, and is no text and no number there.
    private static func showsItsType(_ json: UnsafeRawBufferPointer) -> Bool {
        guard let first = json.first, let last = json.last, first != UInt8(ascii: "\""), first > 0x20, last > 0x20
        else { return false }
        return !json.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } && !Number.isCanonical(json)
            && !isDeep(json)
    }

    /// How deep a JSON value may be in a line. The line and the transaction that sets it again go around it, and `JSONReader` has a bound.
    private static let depthMax = 120

    /// Whether arrays and objects stand deeper than `depthMax` in each other.
    private static func isDeep(_ json: UnsafeRawBufferPointer) -> Bool {
        var depth = 0
        var isInText = false
        var isEscaped = false
        for byte in json {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isInText
            case UInt8(ascii: "\""): isInText.toggle()
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += isInText ? 0 : 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= isInText ? 0 : 1
            default: break
            }
            if depth > depthMax { return true }
        }
        return false
    }

    private static func writeContentType(of record: RecordView, to writer: inout JSONWriter) {
        let isExpected =
            record.type == .json
            ? record.contentType.elementsEqual(contentTypeOfJSON) : record.contentType.isEmpty
        guard !isExpected else { return }
        writer.raw(#","content_type":"#)
        writer.bytes(record.contentType)
    }
}

extension JSONWriter {
    fileprivate mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        self.bytes(bytes, isUTF8: String(validating: bytes, as: UTF8.self) != nil)
    }
}
