import Archive
import Foundation
import Testing

@Suite struct GzipTests {
    /// "hello" by Python's gzip.
    static let hello = [UInt8](Data(base64Encoded: "H4sIAAAAAAACA8tIzcnJBwCGphA2BQAAAA==") ?? Data())

    @Test func `Reads a member`() throws {
        #expect(Gzip.isGzip(Self.hello))
        #expect(try Gzip.decompress(Self.hello, sizeMax: 5) == Array("hello".utf8))
    }

    @Test func `Reads all members`() throws {
        #expect(try Gzip.decompress(Self.hello + Self.hello, sizeMax: 10) == Array("hellohello".utf8))
    }

    @Test func `Decompresses once`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("twice.gz")
        let script = """
            import sys, gzip, base64
            data = gzip.compress(base64.b64decode(sys.argv[1]))
            open(sys.argv[2], "wb").write(data)
            """
        #expect(try python(script, Data(Self.hello).base64EncodedString(), path).isEmpty)
        let twice = Array(try Data(contentsOf: URL(filePath: path)))
        #expect(try Gzip.decompress(twice, sizeMax: 1000) == Self.hello)
    }

    @Test func `Reads nothing from an empty member`() throws {
        let empty = try #require(Data(base64Encoded: "H4sIAAAAAAACAwMAAAAAAAAAAAA="))
        #expect(try Gzip.decompress(Array(empty), sizeMax: 0).isEmpty)
    }

    @Test func `What is too large is refused`() {
        #expect(throws: ArchiveError.self) { try Gzip.decompress(Self.hello, sizeMax: 4) }
    }

    @Test func `What was cut is refused`() {
        for count in Self.hello.indices {
            #expect(throws: ArchiveError.self, "cut to \(count) bytes") {
                try Gzip.decompress(Array(Self.hello.prefix(count)), sizeMax: 100)
            }
        }
    }

    @Test func `No flipped byte changes what is read`() {
        for index in Self.hello.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = Self.hello
                damaged[index] ^= mask
                let bytes = try? Gzip.decompress(damaged, sizeMax: 1000)
                #expect(bytes == nil || bytes == Array("hello".utf8), "byte \(index)")
            }
        }
    }

    @Test func `Zeros in place of the checksum are refused`() {
        let damaged = Self.hello.dropLast(8) + [UInt8](repeating: 0, count: 8)
        #expect(throws: ArchiveError.self) { try Gzip.decompress(Array(damaged), sizeMax: 100) }
    }

    @Test func `Other formats are refused`() {
        #expect(throws: ArchiveError.self) { try Gzip.decompress(Array("plain text".utf8), sizeMax: 100) }
        #expect(throws: ArchiveError.self) { try Gzip.decompress([], sizeMax: 100) }
    }
}
