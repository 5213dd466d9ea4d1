import HTTPServer
import Testing

@testable import KOTAPI

@Suite("Backup and restore")
struct BackupRequestTests {
    private func backup(_ test: TestKOTAPI, _ database: String) async throws -> Answer {
        try await test.post("/database/backup", #"{"database_name":"\#(database)"}"#)
    }

    private func restore(_ test: TestKOTAPI, _ database: String, _ records: [Substring], _ more: String = "")
        async throws -> Answer
    {
        try await test.post(
            "/database/restore",
            #"{"database_name":"\#(database)","records":[\#(records.joined(separator: ","))]\#(more)}"#)
    }

    /// The field with which a restore says what the end of a backup does.
    private func sealing(_ backup: Answer) throws -> String {
        let end = try #require(backup.lines.last)
        let sealing = try #require(end.firstMatch(of: /"sealing":"([^"]*)"/))
        return #","sealing":"\#(sealing.1)""#
    }

    @Test("A backup has a line for each record, in the order of keys, and one that says that it is the end")
    func lines() async throws {
        try await withAPI { test in
            try await test.set("d", "b", "[1, null]")
            try await test.post("/controller/set", #"{"database_name":"d","key":"f","base64":"AP8="}"#)
            let long = String(repeating: "c", count: 500)
            try await test.set("d", "c", "\"\(long)\"", compress: true)
            try await test.set("d", "a\\n", #""ü""#)
            let answer = try await backup(test, "d")
            #expect(answer.field("Content-Type") == "application/jsonl")
            #expect(
                answer.text == """
                    {"key":"a\\n","value":"ü"}
                    {"key":"b","value":[1,null]}
                    {"key":"c","value":"\(long)","compressed":true}
                    {"key":"f","base64":"AP8="}
                    {"end":true,"records":4}

                    """)
            #expect(try await backup(test, "none").status == 404)
            _ = try await test.text("/database/pop", of: "d")
            #expect(try await backup(test, "d").text == "{\"end\":true,\"records\":0}\n")
        }
    }

    @Test("What was restored elsewhere is the same, sealed and compressed as it was")
    func roundTrip() async throws {
        try await withAPI { test in
            let long = String(repeating: "c", count: 500)
            try await test.set("d", "plain", "[1]")
            try await test.set("d", "compressed", "\"\(long)\"", compress: true)
            try await test.set("d", "sealed", "\"\(long)\"", encryptionKey: "x", compress: true)
            try await test.post(
                "/controller/set", #"{"database_name":"d","key":"f","base64":"AP8=","encryption_key":"y"}"#)
            let taken = try await backup(test, "d")
            #expect(!taken.text.contains(#""key":"sealed","value""#))
            let records = Array(taken.lines.dropLast())
            let answer = try await restore(test, "e", records, try sealing(taken))
            #expect(answer.text == "Database restored successfully")
            #expect(try await backup(test, "e").text == taken.text)
            for key in ["x", "y"] {
                #expect(
                    try await test.getAll("e", encryptionKey: key).text == test.getAll("d", encryptionKey: key).text)
            }
            #expect(try await test.get("e", "sealed", encryptionKey: "x").text == "\"\(long)\"\n")
            #expect(try await test.get("e", "sealed", encryptionKey: "wrong").status == 403)
            #expect(try await test.text("/controller/size_all", of: "e") == test.text("/controller/size_all", of: "d"))
            // New values are sealed as the old ones are.
            #expect(try await test.set("e", "new", "1", encryptionKey: "x").status == 200)
            #expect(try await test.get("e", "new", encryptionKey: "x").text == "1\n")
        }
    }

    @Test("Keys that are not in the backup stay, and those that are have its values")
    func merge() async throws {
        try await withAPI { test in
            try await test.set("d", "a", "1")
            try await test.set("d", "b", "1")
            #expect(try await restore(test, "d", [#"{"key":"b","value":2}"#, #"{"key":"c","value":3}"#]).status == 200)
            #expect(try await test.getAll("d").text == "{\"a\":1,\"b\":2,\"c\":3}\n")
        }
    }

    @Test("Sealed values are not put where they could not be opened")
    func sealings() async throws {
        try await withAPI { test in
            try await test.set("d", "s", "1", encryptionKey: "x")
            try await test.set("other", "s", "2", encryptionKey: "x")
            let taken = try await backup(test, "d")
            let records = Array(taken.lines.dropLast())
            let without = try await restore(test, "e", records)
            #expect(without.status == 400)
            let conflict = try await restore(test, "other", records, try sealing(taken))
            #expect(conflict.status == 409)
            #expect(conflict.lines.count == 1)
            #expect(try await test.get("other", "s", encryptionKey: "x").text == "2\n")
            _ = try await test.text("/database/pop", of: "other")
            #expect(try await restore(test, "other", records, try sealing(taken)).status == 200)
            #expect(try await test.get("other", "s", encryptionKey: "x").text == "1\n")
            #expect(try await test.get("/database/list").strings().keys.sorted() == ["d", "other"])
        }
    }

    @Test("A sealed record under another key of the backup does not open")
    func movedRecord() async throws {
        try await withAPI { test in
            try await test.set("d", "s", "1", encryptionKey: "x")
            let taken = try await backup(test, "d")
            let moved = taken.lines[0].replacing(#""key":"s""#, with: #""key":"t""#)
            #expect(try await restore(test, "e", [moved[...]], try sealing(taken)).status == 200)
            let answer = try await test.get("e", "t", encryptionKey: "x")
            #expect(answer.status == 403)
            #expect(answer.text == "wrong encryption key\n")
            #expect(try await test.getAll("e", encryptionKey: "x").text == "{}\n")
        }
    }

    @Test(
        "Of records with one that can't be, none is restored",
        arguments: [
            #"{"key":"b"}"#, #"{"value":1}"#, #"{"key":"","value":1}"#, #"{"key":"b","value":1,"other":2}"#,
            #"{"key":"b","base64":"*"}"#, #"{"key":"b","base64":7}"#, #"{"key":"b","value":1,"sealed":"AQQ="}"#,
            #"{"key":"b","sealed":"AQQ="}"#, #"{"key":"b","sealed":""}"#, #"{"key":7,"value":1}"#, "[]", "7",
            #"{"key":"b","value":1"#, #"{"key":"b","value":1,"base64":""}"#,
        ])
    func malformed(record: String) async throws {
        try await withAPI { test in
            let answer = try await restore(
                test, "d", [#"{"key":"a","value":1}"#, record[...]], #","sealing":"AAAAAAAAAAAAAAAAAAAAAA==""#)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.lines.count == 1)
            #expect(try await test.getAll("d").text == "{}\n")
        }
    }

    @Test("What was sealed with is 16 bytes", arguments: ["AAAA", "*", "AAAAAAAAAAAAAAAAAAAAAAA="])
    func malformedSealing(sealing: String) async throws {
        try await withAPI { test in
            let answer = try await restore(test, "d", [], #","sealing":"\#(sealing)""#)
            #expect(answer.status == 400)
        }
    }

    @Test(
        "A record's line reads back as it was written",
        arguments: [
            KOTBackupRecord(key: "k", .value(.json(Array("[1]".utf8)), isCompressed: false)),
            KOTBackupRecord(key: "\"\n\u{0}ü", .value(.json(Array("\"a\\nb\"".utf8)), isCompressed: true)),
            KOTBackupRecord(key: "k", .value(.bytes([]), isCompressed: false)),
            KOTBackupRecord(key: "k", .value(.bytes([0, 10, 255]), isCompressed: true)),
            KOTBackupRecord(key: "k", .sealed([1, 4] + [UInt8](repeating: 7, count: 50))),
        ])
    func recordLines(record: KOTBackupRecord) throws {
        let line = record.jsonLine()
        #expect(!line.contains(10))
        #expect(try KOTBackupRecord(jsonLine: line) == record)
        #expect(throws: (any Error).self) { try KOTBackupRecord(jsonLine: line + Array("x".utf8)) }
        #expect(throws: (any Error).self) { try KOTBackupRecord(jsonLine: line.dropLast()) }
    }
}
