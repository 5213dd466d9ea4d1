import HTTPAPI
import KeyValueStore
import NIOCore

/// How a list is written (KVdb reference, "List Keys").
enum ListFormat: Sendable {
    case text
    case json
    case jsonLines
    /// Records with all that belongs to them, a line each.
    case export

    /// The format that `?format=` names, in any case; nil where it is none.
    init?(parameter: String) {
        switch parameter.lowercased() {
        case "text": self = .text
        case "json": self = .json
        case "jsonl": self = .jsonLines
        default: return nil
        }
    }

    /// What stands before the first entry.
    var opening: StaticString { self == .json ? "[" : "" }
    /// What stands behind the last entry.
    var closing: StaticString { self == .json ? "]" : "" }

    /// Appends one entry to a list's text.
    func write(
        _ key: UnsafeRawBufferPointer, _ record: RecordView, withValue: Bool, isFirst: Bool, to buffer: inout ByteBuffer
    ) {
        switch self {
        case .text:
            Self.writeLine(key, to: &buffer)
            if withValue {
                buffer.writeInteger(UInt8(ascii: "="))
                Self.writeLine(record.value, to: &buffer)
            }
            buffer.writeInteger(UInt8(ascii: "\n"))
        case .json:
            if !isFirst { buffer.writeInteger(UInt8(ascii: ",")) }
            Self.writeJSON(key, record, withValue: withValue, onOneLine: false, to: &buffer)
        case .jsonLines:
            Self.writeJSON(key, record, withValue: withValue, onOneLine: true, to: &buffer)
            buffer.writeInteger(UInt8(ascii: "\n"))
        case .export:
            ExportLine.write(key, record, to: &buffer)
        }
    }

    /// Bytes as they are, but a newline as `\n`, so that a line is an entry.
    private static func writeLine(_ bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: rest[..<newline]))
            buffer.writeStaticString("\\n")
            rest = rest[(newline + 1)...]
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: rest))
    }

    private static func writeJSON(
        _ key: UnsafeRawBufferPointer, _ record: RecordView, withValue: Bool, onOneLine: Bool,
        to buffer: inout ByteBuffer
    ) {
        // The buffer is handed over and taken back, so that it is written in place.
        var writer = JSONWriter(buffer: buffer)
        buffer = ByteBuffer()
        defer { buffer = writer.buffer }
        let isUTF8 = String(validating: key, as: UTF8.self) != nil
        guard withValue else {
            writer.bytes(key, isUTF8: isUTF8)
            return
        }
        writer.raw("[")
        writer.bytes(key, isUTF8: isUTF8)
        writer.raw(",")
        writer.value(record.value, record.type, isUTF8: record.isUTF8, onOneLine: onOneLine)
        writer.raw("]")
    }
}
