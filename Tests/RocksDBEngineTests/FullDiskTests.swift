import Foundation
import RocksDBEngine
import Storage
import StorageTesting
import Testing

/// A file system in memory of a small size, mounted while the value lives.
private final class SmallFileSystem {
    let path: String

    init?(mebibytes: Int) {
        path = NSTemporaryDirectory() + "kvick-full-" + UUID().uuidString
        guard (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil,
            mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0
        else {
            try? FileManager.default.removeItem(atPath: path)
            return nil
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }

    static let isPossible = SmallFileSystem(mebibytes: 1) != nil

    /// Writes a file until no more than `free` bytes are left.
    func addBallast(_ name: String, leaving free: Int) throws {
        try Data().write(to: URL(fileURLWithPath: path + "/" + name))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/" + name))
        defer { try? file.close() }
        while freeSpace > free {
            try file.write(contentsOf: Data(count: min(64 << 10, freeSpace - free)))
        }
    }

    func removeBallast(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }

    var freeSpace: Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return 0 }
        return Int(status.f_bavail * status.f_frsize)
    }
}

@Suite(.enabled(if: SmallFileSystem.isPossible, "a full disk needs the right to mount a file system"))
struct FullDiskTests {
    private let disk: SmallFileSystem
    private var store: String { disk.path + "/store" }

    init() throws {
        disk = try #require(SmallFileSystem(mebibytes: 48))
    }

    private func open(creating: Bool = false, reserve: Int = 4 << 20) throws -> RocksDBEngine {
        var options = RocksDBOptions.small
        options.reservedSpace = reserve
        return try RocksDBEngine.open(path: store, creating: creating, options: options)
    }

    /// Writes until that fails, and returns how many records were written.
    private func fill(_ engine: RocksDBEngine, from start: Int = 0) throws -> (count: Int, error: StorageError) {
        var generator = SystemRandomNumberGenerator()
        var number = start
        while true {
            var value: [UInt8] = []
            for _ in 0..<512 {
                withUnsafeBytes(of: generator.next()) { bytes in value.append(contentsOf: bytes) }
            }
            do throws(StorageError) {
                try engine.put(DamageableStore.key(number), value, durably: true)
            } catch {
                return (number, error)
            }
            number += 1
        }
    }

    /// Expects that writes succeed again within some seconds.
    private func expectWritesResume(_ engine: RocksDBEngine, _ key: [UInt8]) throws {
        let deadline = Date(timeIntervalSinceNow: 15)
        while true {
            do throws(StorageError) {
                return try engine.put(key, [1], durably: true)
            } catch {
                #expect(error.code == .outOfSpace)
                try #require(Date() < deadline, "writes did not resume: \(error)")
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    @Test("On a full disk writes fail and reads go on, and with room again writes go on without a restart")
    func fillsAndResumes() throws {
        let engine = try open(creating: true)
        defer { engine.close() }
        try disk.addBallast("ballast", leaving: 24 << 20)
        var count = 0
        for round in 0..<3 {
            let (filled, error) = try fill(engine, from: count)
            #expect(error.code == .outOfSpace)
            #expect(error.message.contains(store))
            #expect(filled > count)
            count = filled
            #expect(try engine.value(of: DamageableStore.key(0)) != nil)
            #expect(try engine.records().count == count)
            #expect(try engine.value(of: DamageableStore.key(count)) == nil)
            if round == 0 {
                try disk.removeBallast("ballast")
                try disk.addBallast("smaller", leaving: 16 << 20)
            } else if round == 1 {
                try disk.removeBallast("smaller")
            }
            guard round < 2 else { break }
            try expectWritesResume(engine, DamageableStore.key(count))
            count += 1
        }
        engine.close()
        let reopened = try open(reserve: 0)
        defer { reopened.close() }
        #expect(try reopened.records().count == count)
    }

    @Test("A disk that others fill to its last byte loses no record and ends no process")
    func filledByOthers() throws {
        let engine = try open(creating: true)
        defer { engine.close() }
        var count = 0
        for round in 0..<3 {
            for number in count..<(count + 700) {
                try engine.put(DamageableStore.key(number), DamageableStore.value(number), durably: true)
            }
            count += 700
            try disk.addBallast("ballast-\(round)", leaving: 0)
            for _ in 0..<3 {
                let error = try #require(throws: StorageError.self) { try engine.put([0], [0], durably: true) }
                #expect(error.code == .outOfSpace)
            }
            #expect(try engine.records().count == count)
            try disk.removeBallast("ballast-\(round)")
            try expectWritesResume(engine, DamageableStore.key(count))
            count += 1
        }
    }

    @Test("What frees space goes through on a full disk, down to half of the reserve")
    func reserve() throws {
        let engine = try open(creating: true)
        defer { engine.close() }
        try engine.put([1], [1], durably: true)
        var batch = WriteBatch()
        batch.delete(Key([1]))
        try disk.addBallast("ballast", leaving: 3 << 20)
        #expect(throws: StorageError.self) { try engine.write(batch, durably: true) }
        #expect(try engine.value(of: [1]) == [1])
        try engine.write(batch, durably: true, usingReserve: true)
        #expect(try engine.value(of: [1]) == nil)
        try disk.addBallast("more", leaving: 1 << 20)
        let error = try #require(throws: StorageError.self) {
            try engine.write(batch, durably: true, usingReserve: true)
        }
        #expect(error.code == .outOfSpace)
    }

    @Test("A store is not opened where the disk is full, and nothing in it changes")
    func openingOnFullDisk() throws {
        do {
            let engine = try open(creating: true)
            defer { engine.close() }
            try engine.put([1], [1], durably: true)
        }
        try disk.addBallast("ballast", leaving: 0)
        let before = try FileManager.default.contentsOfDirectory(atPath: store).sorted()
        let error = try #require(throws: StorageError.self) { try open() }
        #expect(error.code == .outOfSpace)
        #expect(try FileManager.default.contentsOfDirectory(atPath: store).sorted() == before)
        try disk.removeBallast("ballast")
        let engine = try open()
        defer { engine.close() }
        #expect(try engine.value(of: [1]) == [1])
    }
}
