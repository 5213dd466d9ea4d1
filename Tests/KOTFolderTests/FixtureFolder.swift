import Foundation
import Testing

@testable import KOTFolder

/// A folder with the files of `KOTFixture`, which is removed with its last reference.
final class FixtureFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "kvick-" + UUID().uuidString
        for (name, base64) in KOTFixture.files {
            try write(name, try #require(Data(base64Encoded: base64, options: .ignoreUnknownCharacters)))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { path + "/" + name }

    func write(_ name: String, _ data: Data) throws {
        let url = URL(filePath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path(name))
    }

    func move(_ name: String, to newName: String) throws {
        try FileManager.default.moveItem(atPath: path(name), toPath: path(newName))
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    /// The entries of the database called `name` in `opened`, a part of this folder or all of it.
    func entries(_ name: String, in opened: String = "", encryptionKey: String? = nil) async throws -> TestEntries {
        let folder = try KOTFolder(path: path(opened))
        let database = try #require(try folder.databases().first { $0.name == name })
        var entries = TestEntries()
        try await folder.entries(of: database, encryptionKey: encryptionKey) { entry in
            switch entry {
            case .value(let key, let value):
                #expect(entries.values.updateValue(value, forKey: key) == nil, "\(key) came twice")
            case .skipped(let name, let reason):
                #expect(entries.reasons.updateValue(reason, forKey: name) == nil, "\(name) came twice")
            }
        }
        return entries
    }
}

struct TestEntries {
    var values: [String: KOTFolderValue] = [:]
    /// Why entries were skipped.
    var reasons: [String: String] = [:]

    func json(_ key: String) -> String? {
        guard case .json(let bytes)? = values[key]?.content else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    func file(_ key: String) -> [UInt8]? {
        guard case .file(let bytes)? = values[key]?.content else { return nil }
        return bytes
    }
}
