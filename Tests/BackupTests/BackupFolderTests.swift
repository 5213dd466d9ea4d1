import Backup
import Foundation
import KeyValueStore
import RocksDBEngine
import Storage
import Synchronization
import Testing

@Suite struct BackupFolderTests {
    let backups: TestBackups

    init() throws {
        backups = try TestBackups()
    }

    @Test func anIncrementBringsOnlyWhatIsNew() async throws {
        // Reopened, the log's records are in a table.
        try backups.write(20_000, at: 1)
        try backups.write(1, at: 2)
        let first = try await backups.backUp()
        try backups.write(1, at: 3)
        let second = try await backups.backUp()
        #expect(first.addedSize == first.entry.backup.size)
        #expect(second.addedSize < first.addedSize / 2)
        let shared = Set(first.entry.backup.files.map(\.sha256)).intersection(second.entry.backup.files.map(\.sha256))
        #expect(!shared.isEmpty)
        #expect([first, second].map(\.entry.number) == [1, 2])
        try backups.restore(1, to: "old")
        try backups.restore(to: "new")
        #expect(try backups.contents("old").keys.count == 20_001)
        #expect(try backups.contents("new").keys.count == 20_002)
    }

    @Test func aStoreThatWasRestoredSharesNoNameWithWhatItIsOf() async throws {
        try backups.write(100, at: 1)
        try backups.write(1, at: 2)
        try await backups.backUp()
        try backups.restore(to: "other")
        // Both write their next tables under the same names.
        try backups.write(100, at: 3)
        try backups.write(100, at: 1 << 60, in: "other")
        try backups.write(1, at: 4)
        try backups.write(1, at: 1 << 60 + 1, in: "other")
        try await backups.backUp()
        try await backups.backUp(backups.source("other"))
        try backups.restore(2, to: "a")
        try backups.restore(3, to: "b")
        #expect(try backups.contents("a").keys == backups.contents("store").keys)
        #expect(try backups.contents("b").keys == backups.contents("other").keys)
    }

    @Test func onlyTheNewestAreKept() async throws {
        for revision in 1...3 as ClosedRange<UInt64> {
            try backups.write(1000, at: revision)
            try await backups.backUp()
        }
        let folder = try BackupFolder.openForWriting(backups.folder)
        let before = try backups.names("backups/files").count
        try folder.prune(keeping: 2)
        #expect(try folder.entries().map(\.number) == [2, 3])
        #expect(try backups.names("backups/files").count < before)
        for entry in try folder.entries() { try folder.verify(entry.backup) }
    }

    @Test func nothingIsRemovedWhereAManifestCantBeRead() async throws {
        try backups.write(10, at: 1)
        try await backups.backUp()
        try backups.write(10, at: 2)
        try await backups.backUp()
        try backups.change("backups/backups/1.json") { $0.removeLast(20) }
        let names = try backups.names("backups")
        let folder = try BackupFolder.openForWriting(backups.folder)
        #expect(throws: BackupError.self) { try folder.prune(keeping: 1) }
        #expect(try backups.names("backups") == names)
    }

    @Test func aDamagedByteOfAnyFileIsFoundAndNamed() async throws {
        try backups.write(100, at: 1)
        try backups.write(100, at: 2)
        try await backups.backUp()
        let folder = try BackupFolder.open(backups.folder)
        let backup = try folder.entry(nil).backup
        for file in backup.files {
            let name = "backups/files/" + file.sha256
            guard file.size > 0 else { continue }
            try backups.change(name) { $0[$0.count / 2] ^= 1 }
            let error = #expect(throws: BackupError.self) { try backups.restore(to: "restored") }
            #expect(error?.description.contains(file.name) == true)
            #expect(!FileManager.default.fileExists(atPath: backups.file("restored")))
            try backups.change(name) { $0[$0.count / 2] ^= 1 }
        }
        try backups.restore(to: "restored")
    }

    @Test func aMissingFileAndACutOneAreRefused() async throws {
        try backups.write(100, at: 1)
        try await backups.backUp()
        let backup = try BackupFolder.open(backups.folder).entry(nil).backup
        let file = try #require(backup.files.first { $0.size > 10 })
        let whole = try Data(contentsOf: URL(fileURLWithPath: backups.file("backups/files/" + file.sha256)))
        try backups.change("backups/files/" + file.sha256) { $0.removeLast() }
        #expect(throws: BackupError.self) { try backups.restore(to: "restored") }
        try FileManager.default.removeItem(atPath: backups.file("backups/files/" + file.sha256))
        let error = #expect(throws: BackupError.self) { try backups.restore(to: "restored") }
        #expect(error?.description.hasSuffix("(\(file.name)) is missing") == true)
        try whole.write(to: URL(fileURLWithPath: backups.file("backups/files/" + file.sha256)))
        try backups.restore(to: "restored")
    }

    /// Each byte of a manifest, on its own.
    @Test func aDamagedManifestIsRefusedOrSaysTheSame() async throws {
        try backups.write(1, at: 1)
        try await backups.backUp()
        let folder = try BackupFolder.open(backups.folder)
        let backup = try folder.entry(nil).backup
        let size = try Data(contentsOf: URL(fileURLWithPath: backups.file("backups/backups/1.json"))).count
        var refused = 0
        for index in stride(from: 0, to: size, by: 3) {
            try backups.change("backups/backups/1.json") { $0[index] ^= 1 }
            if let read = try? folder.entry(nil).backup {
                #expect(read == backup, "\(index)")
            } else {
                refused += 1
            }
            try backups.change("backups/backups/1.json") { $0[index] ^= 1 }
        }
        #expect(refused > size / 6)
    }

    @Test func aDamagedFileIsFetchedAnewByTheNextBackup() async throws {
        try backups.write(100, at: 1)
        try backups.write(1, at: 2)
        try await backups.backUp()
        let backup = try BackupFolder.open(backups.folder).entry(nil).backup
        let table = try #require(backup.files.first { $0.fingerprint != nil })
        try backups.change("backups/files/" + table.sha256) { $0[100] ^= 1 }
        try await backups.backUp()
        for number in 1...2 { try backups.restore(number, to: "restored \(number)") }
    }

    /// A source whose line breaks.
    private struct BrokenSource: BackupSource {
        let source: ClosedStore
        /// How many files come whole.
        let count: Int
        /// Whether the rest is silently left out, instead of a failure.
        let isSilent: Bool

        private struct Cut: Error {}

        var checkpoint: Checkpoint { source.checkpoint }

        func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws {
            let isWhole = checkpoint.files.prefix(count).contains(file)
            var rest = isWhole ? Int.max : file.size / 2
            try await source.read(file) { piece in
                try take(UnsafeRawBufferPointer(rebasing: piece.prefix(rest)))
                rest -= min(rest, piece.count)
            }
            if !isWhole, !isSilent { throw Cut() }
        }

        func renew() async {}
    }

    @Test(arguments: [true, false])
    func aCutDownloadLeavesTheEarlierBackupsWhole(_ isSilent: Bool) async throws {
        try backups.write(100, at: 1)
        try await backups.backUp()
        try backups.write(100, at: 2)
        let files = try backups.source().checkpoint.files.count
        for count in 0..<files {
            let source = BrokenSource(source: try backups.source(), count: count, isSilent: isSilent)
            await #expect(throws: (any Error).self) { try await backups.backUp(source) }
            #expect(try backups.names("backups/incoming") == [])
        }
        let folder = try BackupFolder.open(backups.folder)
        #expect(try folder.entries().map(\.number) == [1])
        try folder.verify(folder.entry(1).backup)
    }

    @Test func aStoreThatEndsElsewhereThanItsSourceSaysIsNoBackup() async throws {
        struct Liar: BackupSource {
            let source: ClosedStore
            var checkpoint: Checkpoint {
                let checkpoint = source.checkpoint
                return Checkpoint(
                    id: "", revision: checkpoint.revision.next, created: checkpoint.created, format: checkpoint.format,
                    files: checkpoint.files)
            }

            func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws {
                try await source.read(file, take)
            }

            func renew() async {}
        }
        try backups.write(1, at: 1)
        let source = Liar(source: try backups.source())
        await #expect(throws: BackupError.self) { try await backups.backUp(source) }
        #expect(try BackupFolder.open(backups.folder).entries().isEmpty)
    }

    /// A source that says of its files what it likes.
    private struct HostileSource: BackupSource {
        let checkpoint: Checkpoint

        func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws {
            try Array(repeating: 0, count: min(max(file.size, 0), 32)).withUnsafeBytes(take)
        }

        func renew() async {}
    }

    private static func checkpoint(
        _ files: [(String, Int)], revision: UInt64 = 1, created: Int64 = 0, format: Int = 1, fingerprint: String? = nil
    ) -> Checkpoint {
        Checkpoint(
            id: "", revision: Revision(rawValue: revision), created: Timestamp(milliseconds: created), format: format,
            files: files.map { CheckpointFile(name: $0.0, size: $0.1, fingerprint: fingerprint) })
    }

    private static let hostileNames = [
        "../evil", "/tmp/evil", "rocksdb/../../evil", "rocksdb/", "rocksdb/.evil", "rocksdb/a/b", "rocksdb", "evil", "",
        "rocksdb/a\0b", "rocksdb/é", "server.key",
    ]

    static let hostileCheckpoints =
        hostileNames.map { checkpoint([("server.key", 32), ($0, 1)]) } + [
            checkpoint([]), checkpoint([("rocksdb/CURRENT", 1)]),
            checkpoint([("server.key", 32), ("rocksdb/1.sst", -1)]),
            checkpoint([("server.key", 32), ("rocksdb/1.sst", Int.max)]),
            checkpoint([("server.key", 32)] + (0..<3).map { ("rocksdb/\($0).sst", 1 << 59) }),
            checkpoint([("server.key", 32)], revision: .max),
            checkpoint([("server.key", 32)], created: .min), checkpoint([("server.key", 32)], created: .max),
            checkpoint([("server.key", 32)], format: 0), checkpoint([("server.key", 32)], format: .max),
            checkpoint([("server.key", 32)], fingerprint: "a\nb"),
        ]

    @Test func aSourceThatNamesFilesOfNoStoreIsRefusedAndNothingIsWritten() async throws {
        _ = try BackupFolder.openForWriting(backups.folder)
        let before = try backups.names("")
        for checkpoint in Self.hostileCheckpoints {
            await #expect(throws: BackupError.self, "\(checkpoint)") {
                try await backups.backUp(HostileSource(checkpoint: checkpoint))
            }
            #expect(try backups.names("") == before, "\(checkpoint)")
        }
    }

    @Test func aNumberThatIsTooHighIsNoBackups() async throws {
        try backups.write(1, at: 1)
        try await backups.backUp()
        for name in ["9223372036854775807", "-1", "+7", "007"] {
            try Data().write(to: URL(fileURLWithPath: backups.file("backups/backups/\(name).json")))
        }
        #expect(try await backups.backUp().entry.number == 2)
        try Data().write(to: URL(fileURLWithPath: backups.file("backups/backups/999999999.json")))
        await #expect(throws: BackupError.self) { try await backups.backUp() }
    }

    @Test func aManifestThatIsDamagedKeepsNobodyFromBackingUp() async throws {
        for revision in 1...2 as ClosedRange<UInt64> {
            try backups.write(10, at: revision)
            try await backups.backUp()
        }
        try backups.change("backups/backups/1.json") { $0.removeLast(20) }
        let files = try backups.names("backups/files")
        let folder = try BackupFolder.openForWriting(backups.folder)
        var warnings: [String] = []
        let view = backups.file("view")
        try FileManager.default.createDirectory(atPath: view, withIntermediateDirectories: true)
        _ = try await folder.add(
            backups.source(), engine: RocksDBEngine.self, view: view, warn: { warnings.append($0) })
        #expect(warnings.count == 1 && warnings[0].contains("1.json"))
        #expect(try folder.readings().map { (try? $0.backup.get()) != nil } == [false, true, true])
        try folder.prune(keeping: nil)
        #expect(try Set(backups.names("backups/files")).isSuperset(of: files))
    }

    /// A source that notes what it was asked for.
    private final class NotingSource: BackupSource {
        let source: ClosedStore
        let names = Mutex<[String]>([])

        init(_ source: ClosedStore) { self.source = source }

        var checkpoint: Checkpoint { source.checkpoint }

        func read(_ file: CheckpointFile, _ take: (UnsafeRawBufferPointer) throws -> Void) async throws {
            names.withLock { $0.append(file.name) }
            try await source.read(file, take)
        }

        func renew() async {}
    }

    @Test func whatOnlyTheSourceHasIsFetchedBeforeKnownFilesAreCompared() async throws {
        try backups.write(100, at: 1)
        try backups.write(100, at: 2)
        try await backups.backUp()
        let table = try #require(
            BackupFolder.open(backups.folder).entry(nil).backup.files.first { $0.fingerprint != nil })
        try backups.change("backups/files/" + table.sha256) { $0[$0.count / 2] ^= 1 }
        let source = NotingSource(try backups.source())
        try await backups.backUp(source)
        let names = source.names.withLock { $0 }
        #expect(names.count > 1 && names.last == table.name)
    }

    @Test func aFolderOfOtherThingsIsRefusedAndLeftAlone() throws {
        try FileManager.default.createDirectory(atPath: backups.folder, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: backups.folder + "/photo"))
        #expect(throws: BackupError.self) { try BackupFolder.openForWriting(backups.folder) }
        #expect(throws: BackupError.self) { try BackupFolder.open(backups.folder) }
        #expect(try backups.names("backups") == ["photo"])
    }

    @Test func aFolderThatIsNotThereIsNotTakenForAnEmptyOne() throws {
        let path = backups.file("missing")
        #expect(throws: BackupError("there is no folder \(path)")) { try BackupFolder.open(path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(throws: BackupError("\(path) holds no backups; 'kvick backup \(path)' makes one there")) {
            try BackupFolder.open(path)
        }
    }

    @Test func oneWritesAtATime() async throws {
        try backups.write(1, at: 1)
        try await backups.backUp()
        let held = try BackupFolder.openForWriting(backups.folder)
        #expect(throws: BackupError.self) { try BackupFolder.openForWriting(backups.folder) }
        #expect(throws: BackupError.self) { try BackupFolder.open(backups.folder) }
        withExtendedLifetime(held) {}
    }

    @Test func whatABackupHoldsIsForItsOwnerAlone() async throws {
        try backups.write(1, at: 1)
        try await backups.backUp()
        for name in try backups.names("backups") + [""] {
            let attributes = try FileManager.default.attributesOfItem(atPath: backups.folder + "/" + name)
            let mode = try #require(attributes[.posixPermissions] as? Int)
            #expect(mode & 0o77 == 0, "\(name)")
        }
    }
}
