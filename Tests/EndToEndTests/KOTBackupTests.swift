import Foundation
import Testing

/// Backups by the command line, between a folder and a server.
@Suite(.server)
struct KOTBackupTests {
    @Test func aBackupIsRestoredIntoAnotherStoreWithItsSealedValuesAndFiles() async throws {
        let kot = try KOTProgram()
        try fill(kot)
        let path = try kot.output("--name", "db", "backup", ".").trimmingCharacters(in: .newlines)
        #expect(path.wholeMatch(of: /\.\/\d{4}(_\d\d){5}\.KOT/) != nil)
        try await withServer(["--kot-password", "secret"]) { server in
            let other = try KOTProgram(server: server)
            _ = try other.output("--name", "copy", "set", "stays", "1")
            #expect(try other.output("--name", "copy", "restore", kot.folder.file(path)) == "True\n")
            #expect(try other.output("--name", "copy", "get_count") == "2503\n")
            #expect(try other.output("--name", "copy", "get", "k2499") == "2499\n")
            #expect(try other.output("--name", "copy", "get", "sealed", "--encryption_key", "s3") == "secret\n")
            #expect(try other.output("--name", "copy", "get", "file", "--json") == #"{"base64":"AP8="}"# + "\n")
            let back = try other.output("--name", "copy", "backup", ".").trimmingCharacters(in: .newlines)
            #expect(try kot.output("--name", "back", "restore", other.folder.file(back)) == "True\n")
        }
        #expect(try kot.output("--name", "back", "get", "sealed", "--encryption_key", "s3") == "secret\n")
        #expect(try kot.output("--name", "back", "get_count") == "2503\n")
    }

    @Test(arguments: KOTPlace.allCases)
    func aDamagedBackupChangesNothing(_ place: KOTPlace) throws {
        let kot = try KOTProgram(at: place)
        try fill(kot)
        let path = kot.folder.file(try kot.output("--name", "db", "backup", ".").trimmingCharacters(in: .newlines))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // Within the records, far behind those that would be restored first.
        bytes[bytes.count * 3 / 4] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        _ = try kot.output("--name", "other", "set", "mine", "1")
        #expect(try kot.failure("--name", "other", "restore", path).contains("nothing was changed"))
        #expect(try kot.output("--name", "other", "get_all") == "mine: 1\n")
    }

    @Test func aBackupIsMadeOfADatabaseThatThereIsIntoAFolderThatThereIs() throws {
        let kot = try KOTProgram()
        _ = try kot.output("--name", "db", "set", "k", "v")
        #expect(try kot.failure("--name", "db", "backup", "nowhere").contains("nowhere"))
        _ = try kot.failure("--name", "none", "backup", ".")
        #expect(!FileManager.default.fileExists(atPath: kot.folder.file("nowhere")))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: kot.folder.path).sorted() == ["KOT", "kvick-data"])
    }

    /// 2500 keys, a file and a sealed value.
    private func fill(_ kot: KOTProgram) throws {
        let pairs = (0..<2500).map { #"["k\#($0)",\#($0)]"# }.joined(separator: ",")
        _ = try kot.output("--name", "db", "bulk_set", "[\(pairs)]")
        _ = try kot.output("--name", "db", "set", "sealed", "secret", "--encryption_key", "s3")
        try Data([0, 255]).write(to: URL(fileURLWithPath: kot.folder.file("in")))
        _ = try kot.output("--name", "db", "set", "file", "--file", "in")
    }
}
