import Archive
import Foundation
import Testing

struct GzipTests {
    /// "hello" by Python's gzip.
    static let hello = [UInt8](Data(base64Encoded: "H4sIAAAAAAACA8tIzcnJBwCGphA2BQAAAA==") ?? Data())

    @Test func readsAMember() throws {
        #expect(Gzip.isGzip(Self.hello))
        #expect(try Gzip.decompress(Self.hello, sizeMax: 5) == Array("hello".utf8))
    }

    @Test func readsAllMembers() throws {
        #expect(try Gzip.decompress(Self.hello + Self.hello, sizeMax: 10) == Array("hellohello".utf8))
    }

    @Test func decompressesOnce() throws {
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

    @Test func readsNothingFromAnEmptyMember() throws {
        let empty = try #require(Data(base64Encoded: "H4sIAAAAAAACAwMAAAAAAAAAAAA="))
        #expect(try Gzip.decompress(Array(empty), sizeMax: 0).isEmpty)
    }

    @Test func whatIsTooLargeIsRefused() {
        #expect(throws: ArchiveError.self) { try Gzip.decompress(Self.hello, sizeMax: 4) }
    }

    @Test func whatWasCutIsRefused() {
        for count in Self.hello.indices {
            #expect(throws: ArchiveError.self, "cut to \(count) bytes") {
                try Gzip.decompress(Array(Self.hello.prefix(count)), sizeMax: 100)
            }
        }
    }

    @Test func noFlippedByteChangesWhatIsRead() {
        for index in Self.hello.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = Self.hello
                damaged[index] ^= mask
                let bytes = try? Gzip.decompress(damaged, sizeMax: 1000)
                #expect(bytes == nil || bytes == Array("hello".utf8), "byte \(index)")
            }
        }
    }

    @Test func zerosInPlaceOfTheChecksumAreRefused() {
        let damaged = Self.hello.dropLast(8) + [UInt8](repeating: 0, count: 8)
        #expect(throws: ArchiveError.self) { try Gzip.decompress(Array(damaged), sizeMax: 100) }
    }

    @Test func otherFormatsAreRefused() {
        #expect(throws: ArchiveError.self) { try Gzip.decompress(Array("plain text".utf8), sizeMax: 100) }
        #expect(throws: ArchiveError.self) { try Gzip.decompress([], sizeMax: 100) }
    }
}
