import FoundationEssentials
import KeyValueStore
import NIOCore

/// Writes JSON (RFC 8259) into a buffer.
@usableFromInline
package struct JSONWriter: Sendable {
    @usableFromInline
    package var buffer: ByteBuffer

    package init(buffer: ByteBuffer = ByteBuffer()) {
        self.buffer = buffer
    }

    @inlinable
    package mutating func raw(_ text: StaticString) {
        buffer.writeStaticString(text)
    }

    package mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        buffer.writeBytes(bytes)
    }

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { escaped(UnsafeRawBufferPointer($0)) }
    }

    package mutating func integer(_ number: Int64) {
        buffer.writeString(String(number))
    }

    /// Bytes as a string, or as `{"base64":"…"}` where they are not valid UTF-8.
    package mutating func bytes(_ bytes: UnsafeRawBufferPointer, isUTF8: Bool) {
        if isUTF8 {
            escaped(bytes)
        } else {
            raw(#"{"base64":"#)
            base64(bytes)
            raw("}")
        }
    }

    /// Bytes as a string in base64 (RFC 4648 §4).
    package mutating func base64(_ bytes: UnsafeRawBufferPointer) {
        raw("\"")
        buffer.writeString(Data(bytes).base64EncodedString())
        raw("\"")
    }

    package mutating func base64(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { base64($0) }
    }

    /// A stored value: a number or a JSON text as it is, all else as `bytes` does.
    ///
    /// - Parameter onOneLine: whether line ends in a JSON text, which mean nothing there, are written as spaces.
    package mutating func value(
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

    /// Piece by piece, so that little more is reserved than is needed.
    private mutating func escaped(_ text: UnsafeRawBufferPointer) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var rest = text[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.escapedPieceSize))
            rest = rest.dropFirst(piece.count)
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: piece.count * JSONEscaping.maxGrowth) { space in
                JSONEscaping.write(piece, into: space)
            }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private static let escapedPieceSize = 4096
}
