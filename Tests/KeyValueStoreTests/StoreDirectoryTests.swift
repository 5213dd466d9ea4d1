import Foundation
import Storage
import StorageTesting
import Testing

@testable import KeyValueStore

@Suite("The store's folder")
struct StoreDirectoryTests {
    let path = NSTemporaryDirectory() + "kvick-directory-\(UUID().uuidString)"

    private func withFolder(_ body: () throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body()
    }

    private func makeStore() throws {
        let directory = try StoreDirectory(path: path)
        #expect(directory.isNew)
        try FileManager.default.createDirectory(atPath: directory.enginePath, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: directory.enginePath + "/CURRENT"))
        try directory.finishOpening()
    }

    private func code(_ body: () throws -> Void) -> StorageError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StorageError)?.code
        }
    }

    @Test("A made store opens again with the same secret, which only its owner can read")
    func reopens() throws {
        try withFolder {
            try makeStore()
            let secret = try Data(contentsOf: URL(fileURLWithPath: path + "/server.key"))
            #expect(try !StoreDirectory(path: path).isNew)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/server.key")) == secret)
            let mode = try FileManager.default.attributesOfItem(atPath: path + "/server.key")[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("A folder is held by one at a time")
    func exclusive() throws {
        try withFolder {
            let first = try StoreDirectory(path: path)
            #expect(code { _ = try StoreDirectory(path: path) } == .inUse)
            withExtendedLifetime(first) {}
        }
    }

    @Test("A look at what is there tells whether it opens, and changes and holds nothing")
    func looks() throws {
        try withFolder {
            #expect(code { try StoreDirectory.check(path) } == nil)
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(code { try StoreDirectory.check(path + "/in/none") } == .inaccessible)
            try makeStore()
            let held = try StoreDirectory(path: path)
            #expect(code { try StoreDirectory.check(path) } == nil)
            withExtendedLifetime(held) {}
            #expect(code { try StoreDirectory.check(path + "/FORMAT") } == .inaccessible)
            try FileManager.default.removeItem(atPath: path + "/server.key")
            #expect(code { try StoreDirectory.check(path) } == .damaged)
            try FileManager.default.removeItem(atPath: path + "/FORMAT")
            try Data().write(to: URL(fileURLWithPath: path + "/other"))
            #expect(code { try StoreDirectory.check(path) } == .inaccessible)
            #expect(try !FileManager.default.contentsOfDirectory(atPath: path).contains("server.key"))
        }
    }

    @Test("Where a link leads nowhere, or a file is in the way, there is no place for a store")
    func linksAndFiles() throws {
        try withFolder {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + "-none")
            #expect(code { try StoreDirectory.check(path) } == .inaccessible)
            #expect(code { _ = try StoreDirectory(path: path) } == .inaccessible)
            try FileManager.default.removeItem(atPath: path)
            try Data().write(to: URL(fileURLWithPath: path))
            chmod(path, 0o700)
            #expect(code { try StoreDirectory.check(path + "/store") } == .inaccessible)
        }
    }

    @Test("A newer format, a damaged one and a store without its parts are refused")
    func refusals() throws {
        try withFolder {
            try makeStore()
            let format = URL(fileURLWithPath: path + "/FORMAT")
            try Data("kvick-store \(StoreDirectory.format + 1)\n".utf8).write(to: format)
            #expect(code { _ = try StoreDirectory(path: path) } == .unsupportedFormat)
            try Data("rubbish".utf8).write(to: format)
            #expect(code { _ = try StoreDirectory(path: path) } == .damaged)
            try Data("kvick-store 1\n".utf8).write(to: format)
            let mark = URL(fileURLWithPath: path + "/acknowledged-revision")
            try Data("12x\n".utf8).write(to: mark)
            #expect(code { _ = try StoreDirectory(path: path) } == .damaged)
            try FileManager.default.removeItem(at: mark)
            try FileManager.default.removeItem(atPath: path + "/server.key")
            #expect(code { _ = try StoreDirectory(path: path) } == .damaged)
            try FileManager.default.removeItem(atPath: path + "/rocksdb/CURRENT")
            #expect(code { _ = try StoreDirectory(path: path) } == .damaged)
        }
    }

    @Test("Other people's files and a file in the folder's place are left alone")
    func foreign() throws {
        try withFolder {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: path + "/thesis.tex"))
            #expect(code { _ = try StoreDirectory(path: path) } == .inaccessible)
            #expect(code { _ = try StoreDirectory(path: path + "/thesis.tex") } == .inaccessible)
        }
    }

    @Test("A store that ends before what was acknowledged is refused, and one that reaches it is not")
    func highWaterMark() throws {
        try withFolder {
            try makeStore()
            let engine = InMemoryEngine()
            var batch = WriteBatch()
            batch.put(KeyLayout.revision, [0, 0, 0, 0, 0, 0, 0, 7])
            try engine.write(batch, durably: true)
            try StoreDirectory(path: path).mark.raise(to: Revision(rawValue: 7), logger: .silent)
            try StoreDirectory(path: path).admit(engine)
            try StoreDirectory(path: path).mark.raise(to: Revision(rawValue: 8), logger: .silent)
            #expect(code { try StoreDirectory(path: path).admit(engine) } == .damaged)
        }
    }

    @Test("The mark never falls")
    func markRises() throws {
        try withFolder {
            try makeStore()
            let mark = try StoreDirectory(path: path).mark
            mark.raise(to: Revision(rawValue: 5), logger: .silent)
            mark.raise(to: Revision(rawValue: 4), logger: .silent)
            #expect(try StoreDirectory(path: path).mark.revision == Revision(rawValue: 5))
        }
    }
}
