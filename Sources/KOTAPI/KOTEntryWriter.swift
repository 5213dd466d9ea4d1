import HTTPAPI
import HTTPServer
import KeyValueStore
import NIOCore

/// How a client wants values to be written.
enum KOTForm: Sendable {
    case json
    /// A line for each, where there may be many.
    case jsonLines
    /// A file as its bytes, where there is one value.
    case bytes

    init(_ request: Request) {
        let accept = request.combinedHeader(.accept)?.lowercased() ?? ""
        self =
            accept.contains("application/jsonl")
            ? .jsonLines : accept.contains("application/octet-stream") ? .bytes : .json
    }
}

/// Writes keys and values as one JSON object, or a line for each and one at the end that says that it is the end.
struct KOTEntryWriter: Sendable {
    private let isLines: Bool
    private var isEmpty = true
    private var writer = JSONWriter()

    init(_ form: KOTForm) {
        isLines = form == .jsonLines
    }

    /// What was written since `take`.
    var buffer: ByteBuffer { writer.buffer }

    mutating func append(_ key: String, _ value: KOTValue) {
        if isLines {
            writer.raw(#"{"key":"#)
            writer.string(key)
            writer.member(value)
            writer.raw("}\n")
        } else {
            writer.raw(isEmpty ? "{" : ",")
            writer.string(key)
            writer.raw(":")
            writer.value(value)
        }
        isEmpty = false
    }

    mutating func end() {
        writer.raw(isLines ? "{\"end\":true}\n" : isEmpty ? "{}" : "}")
    }

    /// Hands over what was written since the last call.
    mutating func take() -> ByteBuffer {
        defer { writer = JSONWriter() }
        return writer.buffer
    }
}

extension JSONWriter {
    /// A file's bytes as `{"base64":"…"}`, all else as it is.
    mutating func value(_ value: KOTValue) {
        switch value {
        case .json(let text): text.withUnsafeBytes { raw($0) }
        case .bytes(let bytes):
            raw(#"{"base64":"#)
            base64(bytes)
            raw("}")
        }
    }

    /// A value as a member of an object that has others before it.
    mutating func member(_ value: KOTValue) {
        switch value {
        case .json(let text):
            raw(#","value":"#)
            text.withUnsafeBytes { raw($0) }
        case .bytes(let bytes):
            raw(#","base64":"#)
            base64(bytes)
        }
    }
}

extension KOTValue {
    package static func string(_ text: String) -> KOTValue {
        var writer = JSONWriter()
        writer.string(text)
        return .json(Array(writer.buffer.readableBytesView))
    }

    /// A file's bytes as `{"base64":"…"}`.
    package var json: [UInt8] {
        if case .json(let text) = self { return text }
        var writer = JSONWriter()
        writer.value(self)
        return Array(writer.buffer.readableBytesView)
    }
}
