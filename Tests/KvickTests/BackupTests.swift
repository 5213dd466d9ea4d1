import Archive
import Crypto
import Foundation
import KOTAPI
import Testing

@testable import kvick

/// Backup files: what is written comes back, and nothing else does.
struct BackupTests {
    private static let records = [
        KOTBackupRecord(key: "plain", .value(.json(Array(#"{"a":[1,2.50]}"#.utf8)), isCompressed: false)),
        KOTBackupRecord(key: "file \"é\n", .value(.bytes([0, 255, 10]), isCompressed: true)),
        KOTBackupRecord(key: "sealed", .sealed([1, 4] + [UInt8](repeating: 7, count: 50))),
    ]
    private static let sealing = KOTSealing((0..<16).map { UInt8($0) })

    @Test func whatIsWrittenComesBack() async throws {
        try await withFolder { folder in
            let path = folder + "/a.KOT"
            try write(Self.records, to: path)
            let backup = BackupReader(path: path)
            let manifest = try backup.verifiedManifest()
            #expect(manifest.database == "books")
            #expect(manifest.created == "2026-11-21T23:44:38Z")
            #expect(manifest.records == 3)
            #expect(manifest.sealing == Self.sealing)
            #expect(try await all(backup) == Self.records)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.KOT"])
        }
    }

    @Test func ordinaryToolsOpenIt() async throws {
        try await withFolder { folder in
            try write(Self.records, to: folder + "/a.KOT")
            let python = Process()
            python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            python.arguments = [
                "python3", "-c",
                """
                import hashlib, json, sys, zipfile
                zip = zipfile.ZipFile(sys.argv[1])
                assert zip.testzip() is None and zip.namelist() == ["records.jsonl", "manifest.json"]
                lines, manifest = zip.read("records.jsonl"), json.loads(zip.read("manifest.json"))
                assert [json.loads(line)["key"] for line in lines.splitlines()] == ["plain", 'file "é\\n', "sealed"]
                assert manifest["sha256"] == hashlib.sha256(lines).hexdigest() and manifest["records"] == 3
                """, folder + "/a.KOT",
            ]
            try python.run()
            python.waitUntilExit()
            #expect(python.terminationStatus == 0)
        }
    }

    @Test func anEmptyDatabaseIsABackupToo() async throws {
        try await withFolder { folder in
            try write([], to: folder + "/a.KOT")
            let backup = BackupReader(path: folder + "/a.KOT")
            #expect(try backup.verifiedManifest().records == 0)
            #expect(try await all(backup) == [])
        }
    }

    @Test func aFileIsNeverOverwritten() async throws {
        try await withFolder { folder in
            let path = folder + "/a.KOT"
            try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self) { try write(Self.records, to: path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("mine".utf8))
        }
    }

    @Test func aBackupThatDoesNotComeToItsEndLeavesNothing() async throws {
        try await withFolder { folder in
            do {
                let writer = try BackupWriter(path: folder + "/a.KOT")
                try writer.append(Self.records[0])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test func eachByteThatIsAnotherIsFoundOrHarmless() async throws {
        try await withFolder { folder in
            let path = folder + "/a.KOT"
            try write(Self.records, to: path)
            let good = try Data(contentsOf: URL(fileURLWithPath: path))
            for index in good.indices {
                var bad = good
                bad[index] ^= 0x41
                try bad.write(to: URL(fileURLWithPath: path))
                let backup = BackupReader(path: path)
                guard let manifest = try? backup.verifiedManifest() else { continue }
                #expect(manifest.sealing == Self.sealing, "byte \(index)")
                #expect(try await all(backup) == Self.records, "byte \(index)")
            }
            for length in good.indices {
                try good.prefix(length).write(to: URL(fileURLWithPath: path))
                #expect(throws: CommandFailure.self, "length \(length)") {
                    try BackupReader(path: path).verifiedManifest()
                }
            }
        }
    }

    @Test(
        arguments: [
            // Other records than those of the checksum, one that is cut, one too many or no record at all.
            (#"{"key":"k","value":1}"# + "\n", 1, nil), (#"{"key":"k","value":2}"#, 1, true),
            (#"{"key":"k","value":2}"# + "\n", 2, true), ("{}\n", 1, true), ("\n", 1, true),
            // Sealed values without what they are bound to.
            (#"{"key":"k","sealed":"AAAA"}"# + "\n", 1, true),
        ] as [(String, Int, Bool?)])
    func recordsThatTheManifestDoesNotFitAreRefused(_ lines: String, _ count: Int, _ hasChecksum: Bool?) async throws {
        try await withFolder { folder in
            let checksum =
                hasChecksum == true ? BackupManifest.checksumText(of: lines) : String(repeating: "0", count: 64)
            let manifest = BackupManifest(database: "d", created: "", records: count, checksum: checksum, sealing: nil)
            let path = folder + "/a.KOT"
            try zip([("records.jsonl", Array(lines.utf8)), ("manifest.json", manifest.json)], to: path)
            #expect(throws: CommandFailure.self) { try BackupReader(path: path).verifiedManifest() }
        }
    }

    @Test func aFileWithOtherEntriesIsRefused() async throws {
        try await withFolder { folder in
            let manifest = BackupManifest(
                database: "d", created: "", records: 0, checksum: BackupManifest.checksumText(of: ""), sealing: nil)
            let entries = [("records.jsonl", []), ("manifest.json", manifest.json)]
            try zip(entries, to: folder + "/good")
            #expect(try BackupReader(path: folder + "/good").verifiedManifest() == manifest)
            try zip(entries + [("more", [])], to: folder + "/more")
            try zip(entries + [entries[0]], to: folder + "/twice")
            try zip([entries[0]], to: folder + "/less")
            for name in ["more", "twice", "less"] {
                #expect(throws: CommandFailure.self) { try BackupReader(path: folder + "/" + name).verifiedManifest() }
            }
        }
    }

    @Test func aBackupOfKOTsOwnIsToldFromADamagedOne() async throws {
        try await withFolder { folder in
            try zip([("key", [0x80, 0x04, 0x95])], to: folder + "/a.KOT")
            let error = #expect(throws: CommandFailure.self) {
                try BackupReader(path: folder + "/a.KOT").verifiedManifest()
            }
            #expect(error?.description.contains("import") == true)
        }
    }

    @Test(arguments: [
        #"{"format":"other","version":1,"database":"d","created":"","records":0,"sha256":""}"#,
        #"{"format":"kvick-kot-backup","version":2,"database":"d","created":"","records":0,"sha256":""}"#,
        #"{"format":"kvick-kot-backup","version":1,"created":"","records":0,"sha256":""}"#,
        #"{"format":"kvick-kot-backup","version":1,"database":"d","created":"","records":0,"sha256":"","sealing":"AA=="}"#,
        "[]", "",
    ])
    func aManifestThatIsNotOneIsRefused(_ json: String) {
        #expect(throws: CommandFailure.self) { try BackupManifest(json: Array(json.utf8)) }
    }

    @Test func batchesKeepToWhatOneCallMayRestore() {
        var batch = RecordBatch()
        var sizes: [Int] = []
        for index in 0..<2500 {
            let record = KOTBackupRecord(key: "k\(index)", .value(.json([0x31]), isCompressed: false))
            if let full = batch.add(record) { sizes.append(full.count) }
        }
        #expect(sizes == [1000, 1000])
        #expect(batch.take()?.count == 500)
        let large = KOTBackupRecord(key: "k", .sealed([UInt8](repeating: 0, count: 3 << 20)))
        #expect(batch.add(large) == nil)
        #expect(batch.add(large)?.count == 1)
        #expect(batch.take()?.count == 1)
        #expect(batch.take() == nil)
    }

    @Test func aBackupIsNamedByItsTime() {
        let time = BackupTime(unixTime: 1_795_304_678)
        #expect(time.timestamp == "2026-11-21T23:44:38Z")
        #expect(time.fileName.wholeMatch(of: /2026_11_2[12]_\d\d_\d\d_38\.KOT/) != nil)
    }
}

extension BackupTests {
    private func write(_ records: [KOTBackupRecord], to path: String) throws {
        let writer = try BackupWriter(path: path)
        for record in records { try writer.append(record) }
        try writer.finish(database: "books", created: BackupTime(unixTime: 1_795_304_678), sealing: Self.sealing)
    }

    private func zip(_ entries: [(name: String, bytes: [UInt8])], to path: String) throws {
        let zip = try ZipWriter(path: path)
        for (name, bytes) in entries {
            try zip.beginEntry(name: name)
            try zip.write(bytes)
            try zip.endEntry()
        }
        try zip.close()
    }

    private func all(_ backup: BackupReader) async throws -> [KOTBackupRecord] {
        var records: [KOTBackupRecord] = []
        try await backup.forEachBatch { records += $0 }
        return records
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/kvick-backup-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }
}

extension BackupManifest {
    fileprivate static func checksumText(of text: String) -> String {
        checksumText(SHA256.hash(data: Array(text.utf8)))
    }
}
