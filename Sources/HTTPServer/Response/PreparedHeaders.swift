import NIOCore

/// Header fields that many answers share, encoded once.
public final class PreparedHeaders: Sendable {
    let encoded: ByteBuffer
    /// The same fields one by one, as HTTP/2 needs them.
    let decoded: [HeaderField]

    /// Fields in the order in which they are sent; see `ResponseHeaders.add` for what is done to invalid ones.
    public init(_ fields: [(String, String)]) {
        var encoded = ByteBuffer()
        for (name, value) in fields { encoded.writeField(name: name, value: value) }
        self.encoded = encoded
        self.decoded = HeaderField.decode(encoded)
    }
}

extension ByteBuffer {
    /// Writes `name: value CR LF`.
    ///
    /// Control characters of the value become spaces, so that no value that came from a client can begin a field of its
    /// own; a field whose name is not a token is left out.
    mutating func writeField(name: String, value: UnsafeRawBufferPointer) {
        guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenCharacter) else { return }
        reserveCapacity(minimumWritableBytes: name.utf8.count + value.count + 4)
        writeString(name)
        writeStaticString(": ")
        if value.allSatisfy(\.isFieldCharacter) {
            writeBytes(value)
        } else {
            writeBytes(value.lazy.map { $0.isFieldCharacter ? $0 : .space })
        }
        writeStaticString("\r\n")
    }

    mutating func writeField(name: String, value: String) {
        var value = value
        value.withUTF8 { writeField(name: name, value: UnsafeRawBufferPointer($0)) }
    }
}
