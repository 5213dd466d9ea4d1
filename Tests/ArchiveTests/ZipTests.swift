import Archive
import Foundation
import Testing

@Suite struct ZipTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("a.zip")
    }

    static let entries = [
        TestEntry("empty", []),
        TestEntry("text/hello.txt", Array("hello, hello, hello".utf8)),
        TestEntry("Grüße 世界", noise(1000)),
    ]

    @Test func `Reads what was written`() throws {
        try writeZip(path, Self.entries)
        #expect(try readZip(path) == Self.entries)
    }

    @Test func `An archive may be empty`() throws {
        try writeZip(path, [])
        #expect(try readZip(path).isEmpty)
    }

    @Test func `Python reads what was written`() throws {
        try writeZip(path, Self.entries)
        let script = """
            import sys, zipfile, hashlib
            with zipfile.ZipFile(sys.argv[1]) as zip:
                print(zip.testzip())
                for item in zip.infolist():
                    data = zip.read(item)
                    print(ascii(item.filename), item.compress_type, len(data), sum(data))
            """
        let sums = Self.entries.map { $0.bytes.reduce(0) { $0 + Int($1) } }
        #expect(
            try python(script, path) == """
                None
                'empty' 8 0 0
                'text/hello.txt' 8 19 \(sums[1])
                'Gr\\xfc\\xdfe \\u4e16\\u754c' 8 1000 \(sums[2])

                """)
    }

    @Test func `Reads what Python wrote`() throws {
        let script = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], "w") as zip:
                zip.mkdir("folder")
                zip.writestr("stored", "abc")
                zip.writestr("käse", "def" * 100, zipfile.ZIP_DEFLATED)
            """
        #expect(try python(script, path).isEmpty)
        let reader = try ZipReader(path: path)
        let made = try reader.nextEntry()
        #expect(made?.name == "folder/" && made?.isFile == false)
        let stored = try reader.nextEntry()
        #expect(stored?.name == "stored" && stored?.isFile == true)
        #expect(try reader.readAll(sizeMax: 3) == Array("abc".utf8))
        #expect(try reader.nextEntry()?.name == "käse")
        #expect(try reader.readAll(sizeMax: 1000) == Array(String(repeating: "def", count: 100).utf8))
        #expect(try reader.nextEntry() == nil)
        #expect(try reader.nextEntry() == nil)
    }

    @Test func `Reads all of many entries`() throws {
        let script = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], "w") as zip:
                for i in range(65536): zip.writestr(str(i), b"")
                zip.comment = b"a comment"
            """
        #expect(try python(script, path).isEmpty)
        let reader = try ZipReader(path: path)
        var count = 0
        while try reader.nextEntry() != nil { count += 1 }
        #expect(count == 65536)
    }

    @Test func `A link is refused`() throws {
        let script = """
            import sys, zipfile
            link = zipfile.ZipInfo("link")
            link.create_system = 3
            link.external_attr = 0o120777 << 16
            with zipfile.ZipFile(sys.argv[1], "w") as zip: zip.writestr(link, "/etc/passwd")
            """
        #expect(try python(script, path).isEmpty)
        #expect(throws: ArchiveError.self) { try readZip(path) }
    }

    @Test func `A large entry is written and read in pieces`() throws {
        let piece = noise(100_000)
        let writer = try ZipWriter(path: path)
        try writer.beginEntry(name: "large")
        for _ in 0..<80 { try writer.write(piece) }
        try writer.endEntry()
        try writer.close()

        let reader = try ZipReader(path: path)
        #expect(try reader.nextEntry()?.name == "large")
        var count = 0
        while let read = try reader.readPiece() {
            let isSame = read.enumerated().allSatisfy { $0.element == piece[(count + $0.offset) % piece.count] }
            #expect(isSame && read.count <= ZipReader.pieceSizeMax)
            count += read.count
        }
        #expect(count == 80 * piece.count)
    }

    @Test func `An entry that is too large is not read`() throws {
        try writeZip(path, [TestEntry("zeros", [UInt8](repeating: 0, count: 10_000_000)), TestEntry("next", [1])])
        let reader = try ZipReader(path: path)
        #expect(try reader.nextEntry()?.name == "zeros")
        #expect(try reader.readAll(sizeMax: 9_999_999) == nil)
        #expect(try reader.nextEntry()?.name == "next")
        #expect(try reader.readAll(sizeMax: 1) == [1])
    }

    @Test func `A file that is there is not overwritten`() throws {
        try "mine".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: ArchiveError.self) { try ZipWriter(path: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test func `Only its owner may read the file`() throws {
        try writeZip(path, [])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `A file that was not closed is removed`() throws {
        var writer: ZipWriter? = try ZipWriter(path: path)
        try writer?.beginEntry(name: "a")
        try writer?.write(noise(100_000))
        #expect(FileManager.default.fileExists(atPath: path))
        writer = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `Bytes outside of an entry are refused`() throws {
        let writer = try ZipWriter(path: path)
        #expect(throws: ArchiveError.self) { try writer.write([1]) }
        #expect(throws: ArchiveError.self) { try writer.close() }
        #expect(throws: ArchiveError.self) { try ZipWriter(path: folder.path("b.zip")).beginEntry(name: "") }
    }

    @Test func `A missing file is named`() {
        let error = #expect(throws: ArchiveError.self) { try ZipReader(path: path) }
        #expect(error?.message.contains(path) == true)
    }
}
