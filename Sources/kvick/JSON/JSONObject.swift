import FoundationEssentials
import HTTPAPI
import NIOCore

/// An object of JSON as it grows (RFC 8259).
struct JSONObject {
    private var writer = JSONWriter()

    /// On one line where its values are.
    var text: String { "{" + String(buffer: writer.buffer) + "}" }
    var line: String { text + "\n" }

    mutating func string(_ name: StaticString, _ value: String) {
        begin(name)
        writer.string(value)
    }

    mutating func integer(_ name: StaticString, _ value: Int) {
        begin(name)
        writer.integer(Int64(value))
    }

    mutating func base64(_ name: StaticString, _ value: [UInt8]) {
        begin(name)
        writer.string(Data(value).base64EncodedString())
    }

    /// A value that is JSON.
    mutating func json(_ name: StaticString, _ value: ArraySlice<UInt8>) {
        begin(name)
        value.withUnsafeBytes { writer.raw($0) }
    }

    private mutating func begin(_ name: StaticString) {
        if writer.buffer.readableBytes > 0 { writer.raw(",") }
        writer.raw("\"")
        writer.raw(name)
        writer.raw("\":")
    }
}
