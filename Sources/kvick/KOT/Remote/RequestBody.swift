import HTTPAPI
import KOTAPI
import NIOCore

/// The parameters of a request to KOT's API: a JSON object.
struct RequestBody {
    private var writer = JSONWriter()
    private var isEmpty = true

    init(database: String? = nil) {
        if let database { string("database_name", database) }
    }

    var bytes: ByteBuffer {
        var writer = writer
        writer.raw(isEmpty ? "{}" : "}")
        return writer.buffer
    }

    mutating func string(_ name: StaticString, _ text: String) {
        begin(name)
        writer.string(text)
    }

    mutating func flag(_ name: StaticString, _ isSet: Bool) {
        guard isSet else { return }
        begin(name)
        writer.raw("true")
    }

    mutating func json(_ name: StaticString, _ text: [UInt8]) {
        begin(name)
        writer.buffer.writeBytes(text)
    }

    mutating func base64(_ name: StaticString, _ bytes: [UInt8]) {
        begin(name)
        writer.base64(bytes)
    }

    mutating func encryptionKey(_ key: String?) {
        if let key { string("encryption_key", key) }
    }

    mutating func storage(_ storage: KOTStorage) {
        encryptionKey(storage.encryptionKey)
        flag("compress", storage.compress)
    }

    /// A list whose elements `write` writes.
    mutating func list<Element>(
        _ name: StaticString, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
    ) {
        begin(name)
        writer.raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { writer.raw(",") }
            write(element, &writer)
        }
        writer.raw("]")
    }

    private mutating func begin(_ name: StaticString) {
        writer.raw(isEmpty ? "{\"" : ",\"")
        isEmpty = false
        writer.raw(name)
        writer.raw("\":")
    }
}
