import Backup
import Foundation
import KeyValueStore
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
        }
        try backups.write(1, at: 1)
        let source = Liar(source: try backups.source())
        await #expect(throws: BackupError.self) { try await backups.backUp(source) }
        #expect(try BackupFolder.open(backups.folder).entries().isEmpty)
    }

    @Test func aFolderOfOtherThingsIsRefusedAndLeftAlone() throws {
        try FileManager.default.createDirectory(atPath: backups.folder, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: backups.folder + "/photo"))
        #expect(throws: BackupError.self) { try BackupFolder.openForWriting(backups.folder) }
        #expect(throws: BackupError.self) { try BackupFolder.open(backups.folder) }
        #expect(try backups.names("backups") == ["photo"])
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
