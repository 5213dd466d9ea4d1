import Archive
import Foundation
import Testing

@Suite struct ZipDamageTests {
    let folder: TemporaryFolder
    let path: String
    let bytes: [UInt8]

    static let entries = [
        TestEntry("one", Array(String(repeating: "some text, ", count: 20).utf8)),
        TestEntry("two", noise(100)),
    ]

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("a.zip")
        try writeZip(path, Self.entries)
        bytes = Array(try Data(contentsOf: URL(filePath: path)))
    }

    @Test func `A file that was cut is refused`() throws {
        for count in 0..<bytes.count {
            try Data(bytes.prefix(count)).write(to: URL(filePath: path))
            #expect(throws: ArchiveError.self, "cut to \(count) bytes") { try readZip(path) }
        }
    }

    @Test func `No flipped byte changes what is read`() throws {
        var refusedCount = 0
        for index in bytes.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = bytes
                damaged[index] ^= mask
                try Data(damaged).write(to: URL(filePath: path))
                do {
                    // ZIP has no checksum of names.
                    #expect(try readZip(path).map(\.bytes) == Self.entries.map(\.bytes), "byte \(index)")
                } catch is ArchiveError {
                    refusedCount += 1
                }
            }
        }
        #expect(refusedCount > bytes.count)
    }

    @Test func `Damage is reported with its entry`() throws {
        var damaged = bytes
        let name = try #require(damaged.firstRange(of: Array("two".utf8)))
        damaged[name.upperBound + 50] ^= 1
        try Data(damaged).write(to: URL(filePath: path))
        let error = #expect(throws: ArchiveError.self) { try readZip(path) }
        #expect(error?.message.contains("two") == true)
    }
}
