import Backup
import Foundation
import KeyValueStore
import RocksDBEngine
import Storage
import Testing

@Suite struct RestorationTests {
    let backups: TestBackups

    init() throws {
        backups = try TestBackups()
    }

    @Test func aRestoredStoreGoesOnBehindAllThatMayHaveBeenGivenSince() async throws {
        try backups.write(10, at: 5)
        try await backups.backUp()
        let created = try BackupFolder.open(backups.folder).entry(nil).backup.created
        func floor(_ target: String, after seconds: Int64) throws -> UInt64 {
            try backups.restore(to: target, now: Timestamp(milliseconds: created.milliseconds + seconds * 1000))
            return try backups.contents(target).revision
        }
        // A million revisions for each second since.
        let first = try floor("first", after: 3600)
        #expect(first > 5 + 3600 << 20)
        // What a store gave that was restored before is not given again by one that is restored an hour later.
        #expect(try floor("second", after: 7200) >= first + 3600 << 20)
        // A clock that went back is no reason to give one twice.
        #expect(try floor("third", after: -3600) > 5 + 3600 << 20)
        let directory = try StoreDirectory(path: backups.file("first"))
        #expect(directory.mark.revision?.rawValue == first)
        #expect(!directory.isNew)
    }

    @Test func aFolderThatHoldsAnythingIsRefusedAndLeftAsItIs() async throws {
        try backups.write(10, at: 5)
        try await backups.backUp()
        try FileManager.default.createDirectory(atPath: backups.file("full"), withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: backups.file("full/mine")))
        #expect(throws: BackupError.self) { try backups.restore(to: "full") }
        #expect(try backups.names("full") == ["mine"])
        let before = try backups.names("store")
        #expect(throws: BackupError.self) { try backups.restore(to: "store") }
        #expect(try backups.names("store") == before)
        #expect(try backups.contents("store").keys.count == 10)
    }

    @Test func whatARestoreLeftThatWasKilledIsBegunAnew() async throws {
        try backups.write(10, at: 5)
        try await backups.backUp()
        // After each of the steps that come one after the other.
        for left in [["restoring.part/rocksdb"], ["restoring.part", "server.key"], ["restoring.part", "rocksdb"]] {
            for name in left {
                try FileManager.default.createDirectory(
                    atPath: backups.file("cut/" + name), withIntermediateDirectories: true)
            }
            #expect(throws: StorageError.self) { try StoreDirectory(path: backups.file("cut")) }
            try backups.restore(to: "cut")
            #expect(try backups.contents("cut").keys.count == 10)
            try FileManager.default.removeItem(atPath: backups.file("cut"))
        }
    }

    @Test func aFolderThatWasThereAndEmptyIsEmptyAgainAfterAFailure() async throws {
        try backups.write(10, at: 5)
        try await backups.backUp()
        let backup = try BackupFolder.open(backups.folder).entry(nil).backup
        try backups.change("backups/files/\(backup.files[0].sha256)") { $0[0] ^= 1 }
        try FileManager.default.createDirectory(atPath: backups.file("empty"), withIntermediateDirectories: true)
        #expect(throws: BackupError.self) { try backups.restore(to: "empty") }
        #expect(try backups.names("empty") == [])
    }

    @Test func anArchiveIsRestored() async throws {
        try backups.write(100, at: 5)
        try await backups.backUp()
        try backups.writeArchive("one.tar")
        try backups.restore(archive: "one.tar", to: "restored")
        #expect(try backups.contents("restored").keys == backups.contents("store").keys)
    }

    @Test func anArchiveThatWasDamagedOrCutAnywhereIsRefused() async throws {
        try backups.write(20, at: 5)
        try await backups.backUp()
        try backups.writeArchive("one.tar")
        let whole = try Data(contentsOf: URL(fileURLWithPath: backups.file("one.tar")))
        let size = try BackupFolder.open(backups.folder).entry(nil).backup.size
        func isRefused(_ data: Data) throws -> Bool {
            try data.write(to: URL(fileURLWithPath: backups.file("bad.tar")))
            defer { try? FileManager.default.removeItem(atPath: backups.file("restored")) }
            do {
                try backups.restore(archive: "bad.tar", to: "restored")
                // What fills up the blocks may be anything.
                #expect(try backups.contents("restored").keys == backups.contents("store").keys)
                return false
            } catch {
                #expect(!FileManager.default.fileExists(atPath: backups.file("restored")))
                return true
            }
        }
        for end in stride(from: 0, to: size, by: size / 20) { #expect(try isRefused(whole.prefix(end)), "\(end)") }
        var refused = 0
        for index in stride(from: 1, to: whole.count, by: whole.count / 40) {
            var damaged = whole
            damaged[index] ^= 0x10
            if try isRefused(damaged) {
                refused += 1
            }
        }
        #expect(refused > 15)
    }

    @Test func whatIsNoBackupIsRefused() throws {
        try Data("no tar".utf8).write(to: URL(fileURLWithPath: backups.file("x.tar")))
        #expect(throws: (any Error).self) { try backups.restore(archive: "x.tar", to: "restored") }
        #expect(throws: BackupError.self) { try backups.restore(to: "restored") }
    }
}
