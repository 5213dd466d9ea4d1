import NIOCore

/// The header fields of an answer: prepared ones, and others behind them.
///
/// Without other fields it makes no allocation.
public struct ResponseHeaders: Sendable {
    let prepared: PreparedHeaders?
    private(set) var added = ByteBuffer()

    public init(prepared: PreparedHeaders? = nil) {
        self.prepared = prepared
    }

    /// Adds a field behind the others. Control characters of the value become spaces; a field whose name is not a token
    /// is left out. Date, Content-Length, Transfer-Encoding and Connection are not to be added: the server does that.
    public mutating func add(_ name: String, _ value: String) {
        added.writeField(name: name, value: value)
    }

    /// Adds a field whose value is these bytes, which need not be UTF-8, as the other form does with a String.
    public mutating func add(_ name: String, bytes value: UnsafeRawBufferPointer) {
        added.writeField(name: name, value: value)
    }

    /// Adds a field whose value is a number that is not negative, with no String.
    mutating func add(_ name: StaticString, decimal value: Int) {
        added.write(atMost: name.utf8CodeUnitCount + 4 + OctetWriter.digitsMax) { added in
            added.write(name)
            added.write(": ")
            added.write(decimal: UInt64(max(value, 0)))
            added.write("\r\n")
        }
    }

    /// What `add(entityTag:)` adds, or less, in bytes.
    public static let entityTagSize = 32

    /// Makes room for so many more bytes of fields, and of a body that is copied behind them.
    public mutating func reserveCapacity(_ count: Int) {
        added.reserveCapacity(minimumWritableBytes: count)
    }

    /// Adds an ETag that is a number, with no String (RFC 9110 §8.8.3).
    public mutating func add(entityTag value: UInt64) {
        added.write(atMost: Self.entityTagSize) { added in
            added.write("ETag: \"")
            added.write(decimal: value)
            added.write("\"\r\n")
        }
    }

    /// A copy of a body in the memory of the fields, behind them, so that both take one allocation.
    public mutating func copy(body: UnsafeRawBufferPointer) -> ByteBuffer {
        let start = added.writerIndex
        added.writeBytes(body)
        guard let copy = added.getSlice(at: start, length: body.count),
            let fields = added.getSlice(at: 0, length: start)
        else { return ByteBuffer(bytes: body) }
        added = fields
        return copy
    }

    /// All fields in the order in which they are sent, decoded again.
    public var fields: [(name: String, value: String)] {
        var text = String(buffer: added)
        if let prepared { text = String(buffer: prepared.encoded) + text }
        return text.split(separator: "\r\n").compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[colon...].dropFirst(2)))
        }
    }

    /// The value of the first field of that name, in any case; made for tests.
    public func first(_ name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }
}
