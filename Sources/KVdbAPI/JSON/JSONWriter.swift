import FoundationEssentials
import KeyValueStore
import NIOCore

/// Writes JSON (RFC 8259) into a buffer.
struct JSONWriter {
    var buffer: ByteBuffer

    init(buffer: ByteBuffer = ByteBuffer()) {
        self.buffer = buffer
    }

    mutating func raw(_ text: StaticString) {
        buffer.writeStaticString(text)
    }

    mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        buffer.writeBytes(bytes)
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { escaped(UnsafeRawBufferPointer($0)) }
    }

    mutating func integer(_ number: Int64) {
        buffer.writeString(String(number))
    }

    /// Bytes as a string, or as `{"base64":"…"}` where they are not valid UTF-8.
    mutating func bytes(_ bytes: UnsafeRawBufferPointer, isUTF8: Bool) {
        if isUTF8 {
            escaped(bytes)
        } else {
            raw(#"{"base64":""#)
            buffer.writeString(Data(bytes).base64EncodedString())
            raw(#""}"#)
        }
    }

    /// A stored value: a number or a JSON text as it is, all else as `bytes` does.
    ///
    /// - Parameter onOneLine: whether line ends in a JSON text, which mean nothing there, are written as spaces.
    mutating func value(
        _ value: UnsafeRawBufferPointer, _ type: ValueType, isUTF8: Bool, onOneLine: Bool = false
    ) {
        switch type {
        case .bytes:
            bytes(value, isUTF8: isUTF8)
        case .json where onOneLine && value.contains(where: Self.isLineEnd):
            buffer.writeBytes(value.lazy.map { Self.isLineEnd($0) ? UInt8(ascii: " ") : $0 })
        case .number, .json:
            raw(value)
        }
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private mutating func escaped(_ text: UnsafeRawBufferPointer) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in text.enumerated() {
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: text[start..<index]))
            start = index + 1
            writeEscape(of: byte)
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: text[start...]))
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw(#"\""#)
        case UInt8(ascii: "\\"): raw(#"\\"#)
        case UInt8(ascii: "\n"): raw(#"\n"#)
        case UInt8(ascii: "\r"): raw(#"\r"#)
        case UInt8(ascii: "\t"): raw(#"\t"#)
        default:
            raw(#"\u00"#)
            buffer.writeInteger(Self.hexDigit(byte >> 4))
            buffer.writeInteger(Self.hexDigit(byte & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
