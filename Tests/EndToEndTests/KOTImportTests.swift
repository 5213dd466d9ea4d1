import Foundation
import Testing

/// Databases that KOT itself wrote are taken over.
@Suite(.server)
struct KOTImportTests {
    @Test(arguments: KOTPlace.allCases)
    func valuesFilesAndCompressionComeOverAndAllElseIsNamed(_ place: KOTPlace) throws {
        let kot = try KOTProgram(at: place)
        try makeDatabase(kot)
        _ = try kot.output("--name", "books", "set", "text", "replaced")
        _ = try kot.output("--name", "books", "set", "stays", "1")
        let result = try kot.run(["import", "kots"])
        #expect(result.status == .code(0))
        #expect(result.output == "books: 1204 keys\nimported 1204 keys of 1 databases, skipped 1\n")
        #expect(result.errorOutput.contains(#"skipped "code" of "books": "#))
        #expect(result.errorOutput.contains("builtins.len"))
        #expect(try kot.output("--name", "books", "get", "text") == "héllo\n")
        #expect(try kot.output("--name", "books", "get", "nested") == "a: [1, 2.5, null]\nb: true\n")
        #expect(try kot.output("--name", "books", "get", "n1199") == "1199\n")
        #expect(try kot.output("--name", "books", "get", "file", "--json") == #"{"base64":"AP8="}"# + "\n")
        #expect(try kot.output("--name", "books", "get_count") == "1205\n")
        #expect(try Int(kot.output("--name", "books", "size", "long").dropLast()) ?? .max < 1000)
    }

    @Test func aDatabaseMayHaveAnotherNameHere() throws {
        let kot = try KOTProgram()
        try makeDatabase(kot)
        #expect(
            try kot.run(["--name", "mine", "--json", "import", "kots/KOT-books"]).output
                == #"{"databases":{"mine":1204},"imported":1204,"skipped":1}"# + "\n")
        #expect(try kot.output("--name", "mine", "get", "text") == "héllo\n")
    }

    @Test func aFolderWithoutDatabasesIsRefused() throws {
        let kot = try KOTProgram()
        #expect(try kot.failure("import", "nowhere").contains("nowhere"))
        #expect(try kot.failure("import", ".").contains("KOT-"))
        #expect(!FileManager.default.fileExists(atPath: kot.folder.file("kvick-data")))
    }

    /// A database `books` in the folder `kots`, as KOT lays it out.
    private func makeDatabase(_ kot: KOTProgram) throws {
        let program = """
            import gzip, os, pickle, sys
            os.makedirs("kots/KOT-books")
            def put(key, value, type="value", compressed=False):
                record = {"key": key, "value": value, "short_cut": False,
                          "meta": {"type": type, "file": None, "direct_file": type == "value"}}
                path = "kots/KOT-books/" + key
                (gzip.open if compressed else open)(path, "wb").write(pickle.dumps(record))
                if compressed: open(path + ".co", "wb").write(b"1")
            put("text", "h\\u00e9llo")
            put("nested", {"a": (1, 2.5, None), "b": True})
            put("long", "long " * 2000, compressed=True)
            put("file", b"\\x00\\xff", type="file")
            put("code", len)
            for n in range(1200): put("n%d" % n, n)
            """
        let python = try ProgramResult.run(["python3", "-c", program], workingFolder: kot.folder.path)
        #expect(python.status == .code(0), "\(python.errorOutput)")
    }
}
