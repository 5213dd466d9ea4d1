import NIOCore
import StorageTesting
import Testing

@testable import HTTPAPI

@Suite("JSON written")
struct JSONWriterTests {
    /// RFC 8259 §7, byte by byte.
    private static func escape(of byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): #"\""#
        case UInt8(ascii: "\\"): #"\\"#
        case UInt8(ascii: "\n"): #"\n"#
        case UInt8(ascii: "\r"): #"\r"#
        case UInt8(ascii: "\t"): #"\t"#
        case 0..<0x10: #"\u000"# + String(byte, radix: 16)
        case 0x10..<0x20: #"\u00"# + String(byte, radix: 16)
        default: ""
        }
    }

    private static func expected(_ text: [UInt8]) -> [UInt8] {
        var result = [UInt8(ascii: "\"")]
        for byte in text {
            let escape = escape(of: byte)
            if escape.isEmpty { result.append(byte) } else { result += Array(escape.utf8) }
        }
        return result + [UInt8(ascii: "\"")]
    }

    private static func written(_ text: [UInt8], into buffer: ByteBuffer = ByteBuffer()) -> [UInt8] {
        var writer = JSONWriter(buffer: buffer)
        text.withUnsafeBytes { writer.bytes($0, isUTF8: true) }
        return Array(writer.buffer.readableBytesView)
    }

    @Test("Every byte is escaped where it must be and only there")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            for text in [[byte], [97, byte], [byte, 97], [byte, byte], [97, byte, 97]] {
                #expect(Self.written(text) == Self.expected(text), "\(text)")
            }
        }
        #expect(Self.written([]) == Array(#""""#.utf8))
        let prefix = ByteBuffer(string: "before")
        #expect(Self.written([10], into: prefix) == Array(#"before"\n""#.utf8))
    }

    @Test("Texts of all lengths about those of the pieces that they are written in are whole")
    func lengths() {
        var generator = SeededGenerator(seed: 4)
        for length in [4094, 4095, 4096, 4097, 8191, 8192, 8193, 20_000] {
            let plain = [UInt8](repeating: 97, count: length)
            let controls = [UInt8](repeating: 1, count: length)
            let mixed = (0..<length).map { _ in UInt8.random(in: 0...127, using: &generator) }
            for text in [plain, controls, mixed] { #expect(Self.written(text) == Self.expected(text), "\(length)") }
        }
    }
}
