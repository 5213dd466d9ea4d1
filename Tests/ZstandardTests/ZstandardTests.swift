import Testing
import Zstandard

@Suite("Zstandard")
struct ZstandardTests {
    private let text = Array(String(repeating: "a value that repeats itself; ", count: 400).utf8)

    @Test("What is compressed comes back, and takes less")
    func roundTrip() throws {
        let compressed = try #require(Zstandard.compress(text))
        #expect(compressed.count < text.count / 10)
        #expect(try Zstandard.decompress(compressed[...], sizeMax: text.count) == text)
    }

    @Test("What would not take less is not compressed", arguments: [[], [7], Array("short".utf8)] as [[UInt8]])
    func incompressible(bytes: [UInt8]) {
        #expect(Zstandard.compress(bytes) == nil)
    }

    @Test("A frame that stands for more than the limit is refused before it takes memory")
    func limit() throws {
        let compressed = try #require(Zstandard.compress([UInt8](repeating: 0, count: 1 << 24)))
        #expect(compressed.count < 1 << 12)
        #expect(throws: Zstandard.Failure.self) {
            try Zstandard.decompress(compressed[...], sizeMax: (1 << 24) - 1)
        }
    }

    @Test("A frame that is cut anywhere is refused")
    func cut() throws {
        let compressed = try #require(Zstandard.compress(text))
        for length in 0..<compressed.count {
            #expect(throws: Zstandard.Failure.self) {
                try Zstandard.decompress(compressed.prefix(length), sizeMax: text.count)
            }
        }
    }

    @Test("Bytes behind a frame are refused with it")
    func trailing() throws {
        let compressed = try #require(Zstandard.compress(text))
        #expect(throws: Zstandard.Failure.self) {
            try Zstandard.decompress((compressed + [1, 2, 3])[...], sizeMax: text.count)
        }
    }
}
