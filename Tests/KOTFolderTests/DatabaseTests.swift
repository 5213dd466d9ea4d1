import Archive
import Foundation
import Testing

@testable import KOTFolder

@Suite struct DatabaseTests {
    let folder: FixtureFolder
    private static let hashed = "KOT-1a06df824ed741b53c785079a6347f00eec5af82f9850775409ca69dff4068a6"

    init() throws {
        folder = try FixtureFolder()
    }

    private func names(_ path: String = "") throws -> [String] {
        try KOTFolder(path: folder.path(path)).databases().map(\.name)
    }

    @Test func `Databases have the names of the index, and KOT's own are left out`() throws {
        for name in ["KOT-KOT-open_files_db", "KOT-KOT-benchmark"] { try folder.write(name + "/key", Data()) }
        #expect(try names() == ["hashed", "fast", "my.db"])
    }

    @Test func `The index of older versions is read`() throws {
        // "KOT-database-index", hashed.
        try folder.move(
            "KOT-KOT-index", to: "KOT-b4a58f4054f4cea424134da662e8939397e294cc5036fb70bf3c905dd84f3e9e")
        #expect(try names() == ["hashed", "fast", "my.db"])
    }

    @Test func `Without an index the names are those of the folders`() throws {
        try folder.remove("KOT-KOT-index")
        #expect(try names() == [String(Self.hashed.dropFirst(4)), "fast", "my,db"])
    }

    @Test func `An index that can't be read is passed over`() throws {
        try folder.write("KOT-KOT-index/fast", Data("cos\nsystem\n.".utf8))
        #expect(try names() == ["hashed", "fast", "my.db"])
        try folder.write("KOT-KOT-index/my,db", Data("garbage".utf8))
        #expect(try names() == ["hashed", "fast", "my,db"])
    }

    @Test func `One database's folder is read alone`() async throws {
        #expect(try names("KOT-my,db") == ["my.db"])
        #expect(try await folder.entries("my.db", in: "KOT-my,db").json("text") == "\"héllo\"")
        try folder.link("link", to: folder.path("KOT-my,db"))
        #expect(try names("link") == ["my.db"])
    }

    @Test func `A backup is named by its file`() throws {
        #expect(try names("backup.KOT") == ["backup"])
    }

    @Test func `Other folders and files are refused`() async throws {
        try folder.write("other/file", Data("no zip".utf8))
        #expect(throws: KOTFolderError.self) { try KOTFolder(path: folder.path("other")) }
        #expect(throws: KOTFolderError.self) { try KOTFolder(path: folder.path("missing")) }
        await #expect(throws: (any Error).self) { try await folder.entries("file", in: "other/file") }
    }

    @Test func `A database that is a link is refused, not left out`() async throws {
        try folder.link("KOT-link", to: folder.path("KOT-fast"))
        #expect(try names().contains("link"))
        await #expect(throws: KOTFolderError.self) { try await folder.entries("link") }
    }

    @Test("A backup that Kvick made is told from one of KOT's, which has the same kind of name")
    func backupOfKvick() throws {
        let folder = try FixtureFolder()
        let zip = try ZipWriter(path: folder.path("2026_11_21_23_44_38.KOT"))
        for name in ["records.jsonl", "manifest.json"] {
            try zip.beginEntry(name: name)
            try zip.write([UInt8](repeating: 65, count: 100_000))
            try zip.endEntry()
        }
        try zip.close()
        let error = #expect(throws: KOTFolderError.self) {
            try KOTFolder(path: folder.path("2026_11_21_23_44_38.KOT"))
        }
        #expect(error?.message.hasSuffix("restore reads it") == true)
    }
}
