/// The bytes of a pickle, read from the front; numbers are little-endian.
struct PickleInput {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var restCount: Int { bytes.count - position }

    mutating func byte() throws(PickleError) -> UInt8 {
        guard position < bytes.count else { throw .damaged("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    /// An unsigned number of `size` bytes, up to 8.
    mutating func number(size: Int) throws(PickleError) -> UInt64 {
        try take(UInt64(size)).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A signed number of 4 bytes.
    mutating func int32() throws(PickleError) -> Int32 {
        Int32(truncatingIfNeeded: try number(size: 4))
    }

    mutating func take(_ count: UInt64) throws(PickleError) -> ArraySlice<UInt8> {
        guard count <= UInt64(restCount) else { throw .damaged("it ends too early") }
        let start = position
        position += Int(count)
        return bytes[start..<position]
    }

    /// Bytes behind their count, an unsigned number of `size` bytes.
    mutating func counted(size: Int) throws(PickleError) -> ArraySlice<UInt8> {
        try take(try number(size: size))
    }

    /// Bytes behind their count, a signed number of 4 bytes.
    mutating func signedCounted() throws(PickleError) -> ArraySlice<UInt8> {
        guard let count = UInt64(exactly: try int32()) else { throw .damaged("a length is negative") }
        return try take(count)
    }

    /// What comes before the next line feed, which is passed over.
    mutating func line() throws(PickleError) -> ArraySlice<UInt8> {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw .damaged("it ends too early")
        }
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    /// A place in the memo, as a line in decimal.
    mutating func decimalIndex() throws(PickleError) -> UInt64 {
        let line = try line()
        guard line.count <= 20, let index = UInt64(String(decoding: line, as: UTF8.self)) else {
            throw .damaged("a place in its memo is no number")
        }
        return index
    }
}
