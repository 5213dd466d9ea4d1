import NIOCore

/// Writes octets one behind the other into memory that has room for all of them.
///
/// Many small pieces of a head cost less so than each as a write of its own to a `ByteBuffer`.
struct OctetWriter {
    private let memory: UnsafeMutableRawBufferPointer
    /// How many were written.
    private(set) var count = 0

    fileprivate init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
        precondition(bytes.count <= free.count, "a head is longer than the room that was made for it")
        free.copyMemory(from: bytes)
        count += bytes.count
    }

    mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func write(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { write($0) }
    }

    mutating func write(_ octet: UInt8) {
        withUnsafeBytes(of: octet) { write($0) }
    }

    /// Writes a number in decimal digits, of which there are at most `OctetWriter.digitsMax`.
    mutating func write(decimal number: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: Self.digitsMax, alignment: 1) { digits in
            var start = digits.count
            var rest = number
            repeat {
                start -= 1
                digits[start] = UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0")
                rest /= 10
            } while rest > 0
            write(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    /// Of the largest number.
    static let digitsMax = 20
}

extension ByteBuffer {
    /// Appends what `body` writes, which is at most `size` bytes.
    mutating func write(atMost size: Int, _ body: (inout OctetWriter) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var writer = OctetWriter(memory)
            body(&writer)
            return writer.count
        }
    }
}
