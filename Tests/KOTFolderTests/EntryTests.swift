import Archive
import Foundation
import Testing

@testable import KOTFolder

@Suite struct EntryTests {
    let folder: FixtureFolder
    private static let picture = Array("\u{89}PNG".unicodeScalars.map { UInt8($0.value) })

    init() throws {
        folder = try FixtureFolder()
    }

    private static let sealedKeys = ["sealed", "packed and sealed", "sealed picture"]
    private static let jsons = [
        "text": "\"héllo\"", "nested": #"{"a":[1,2.5,null,true],"t":[1,2]}"#, "dotted.key": "1", "cached": "2",
        "packed": "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29]",
    ]

    @Test(arguments: [("my.db", ""), ("backup", "backup.KOT")])
    func `Values and files are read, and all else is skipped with a reason`(name: String, path: String) async throws {
        let entries = try await folder.entries(name, in: path)
        for (key, text) in Self.jsons { #expect(entries.json(key) == text) }
        #expect(entries.file("picture") == Self.picture)
        #expect(entries.file("packed picture") == Self.picture)
        #expect(entries.file("bytes") == [0, 0xFF])
        #expect(entries.values.count == Self.jsons.count + 3)

        for key in Self.sealedKeys { #expect(entries.reasons[key] == "encrypted; give --encryption_key") }
        #expect(entries.reasons["elsewhere"]?.contains("another place") == true)
        #expect(entries.reasons["function"]?.contains("dill._dill._create_function") == true)
        #expect(entries.reasons["bytes inside"]?.contains("bytes") == true)
        #expect(entries.reasons.count == Self.sealedKeys.count + 3)
    }

    @Test(arguments: [("my.db", ""), ("backup", "backup.KOT")])
    func `Encrypted values are opened with their key`(name: String, path: String) async throws {
        let entries = try await folder.entries(name, in: path, encryptionKey: "secret")
        #expect(entries.json("sealed") == #"{"a":1}"#)
        #expect(entries.json("packed and sealed") == "\"both\"")
        #expect(entries.file("sealed picture") == Self.picture)
        #expect(entries.json("text") == Self.jsons["text"])
    }

    @Test func `Encrypted values are not opened with another key`() async throws {
        let entries = try await folder.entries("my.db", encryptionKey: "Secret")
        for key in Self.sealedKeys { #expect(entries.reasons[key]?.contains("another key") == true) }
    }

    @Test func `It is told what was compressed and what was encrypted`() async throws {
        let entries = try await folder.entries("my.db", encryptionKey: "secret")
        let compressed = entries.values.filter(\.value.isCompressed).keys.sorted()
        #expect(compressed == ["packed", "packed and sealed", "packed picture"])
        let encrypted = entries.values.filter(\.value.isEncrypted).keys.sorted()
        #expect(encrypted == Self.sealedKeys.sorted())
    }

    @Test func `Names that were hashed are told by what is inside`() async throws {
        #expect(try await folder.entries("hashed").json("key") == "\"value\"")
        #expect(try await folder.entries("fast").json("key") == "\"value\"")
    }

    @Test func `Temporary files are passed over`() async throws {
        for name in ["a.l", "a.li12345", "a.re12345", "a.co"] { try folder.write("KOT-fast/" + name, Data("1".utf8)) }
        let entries = try await folder.entries("fast")
        #expect(entries.values.count == 1 && entries.reasons.isEmpty)
    }

    @Test func `Damaged and hostile files are skipped, and the others are read`() async throws {
        try folder.write("KOT-fast/empty", Data())
        try folder.write("KOT-fast/hostile", Data("cos\nsystem\n(S'echo'\ntR.".utf8))
        try folder.write("KOT-fast/number", Data("I1\n.".utf8))
        try folder.write("KOT-fast/gzip", Data([0x1F, 0x8B, 8, 0]))
        try folder.write("KOT-fast/folder/file", Data())
        try folder.link("KOT-fast/link", to: "/etc/passwd")
        let entries = try await folder.entries("fast")
        #expect(entries.json("key") == "\"value\"")
        #expect(entries.reasons.keys.sorted() == ["empty", "folder", "gzip", "hostile", "link", "number"])
        #expect(entries.reasons["hostile"]?.contains("os.system") == true)
        #expect(entries.reasons["link"]?.contains("symbolic link") == true)
    }

    /// A record of a file that lies at `path`.
    private func fileRecord(_ path: String) -> Data {
        Data("(dVkey\nVk\nsVvalue\nV\nsVmeta\n(dVtype\nVfile\nsVfile\nV\(path)\nss.".utf8)
    }

    @Test(arguments: ["/etc/passwd", "../picture.png", "/a.b/../../picture.png", "/x.png/../../etc", "a.", "a", ""])
    func `A file is only ever looked for beside its record`(path: String) async throws {
        try folder.write("KOT-fast/k", fileRecord(path))
        let entries = try await folder.entries("fast")
        #expect(entries.values.keys.sorted() == ["key"])
        #expect(entries.reasons.count == 1)
    }

    @Test func `A file that is a link is not followed`() async throws {
        try folder.write("KOT-fast/k", fileRecord("/old/place/k.png"))
        try folder.link("KOT-fast/k.png", to: folder.path("picture.png"))
        #expect(try await folder.entries("fast").reasons["k"]?.contains("symbolic link") == true)
        try folder.remove("KOT-fast/k.png")
        try folder.write("KOT-fast/k.png", Data("moved".utf8))
        #expect(try await folder.entries("fast").file("k") == Array("moved".utf8))
    }

    @Test func `Large files are skipped`() async throws {
        try folder.write("KOT-fast/large", Data())
        try folder.write("KOT-fast/k", fileRecord("/old/place/k.bin"))
        for name in ["large", "k.bin"] {
            try folder.write("KOT-fast/" + name, Data())
            #expect(truncate(folder.path("KOT-fast/" + name), (64 << 20) + 1) == 0)
        }
        let entries = try await folder.entries("fast")
        #expect(entries.reasons["large"]?.contains("64 MiB") == true)
        #expect(entries.reasons["k"]?.contains("64 MiB") == true)
    }

    @Test func `A file that a backup lacks is skipped`() async throws {
        let zip = try ZipWriter(path: folder.path("other.KOT"))
        try zip.beginEntry(name: "k")
        try zip.write(Array(fileRecord("/old/place/k.png")))
        try zip.endEntry()
        try zip.close()
        #expect(try await folder.entries("other", in: "other.KOT").reasons["k"] == "k.png is missing")
    }

    @Test func `A damaged backup is refused`() async throws {
        var backup = try Data(contentsOf: URL(filePath: folder.path("backup.KOT")))
        backup[100] ^= 0xFF
        try folder.write("backup.KOT", backup)
        await #expect(throws: ArchiveError.self) { try await folder.entries("backup", in: "backup.KOT") }
    }

    @Test func `What the visitor throws ends the reading`() async throws {
        struct Stop: Error {}
        let opened = try KOTFolder(path: folder.path)
        for database in try opened.databases() {
            await #expect(throws: Stop.self) {
                try await opened.entries(of: database, encryptionKey: nil) { _ in throw Stop() }
            }
        }
    }
}
