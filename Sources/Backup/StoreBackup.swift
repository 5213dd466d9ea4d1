import Crypto
import FoundationEssentials
import KeyValueStore
import Storage

/// A file of a backup.
package struct BackupFile: Hashable, Sendable, Codable {
    /// Where it belongs in a store's folder.
    package let name: String
    /// In bytes.
    package let size: Int
    /// Of all of it, in hexadecimal digits.
    package let sha256: String
    /// As the checkpoint's, by which it is known again; nil where it may not be.
    package let fingerprint: String?
}

/// What a backup of a store says of itself; `docs/format.md`, "Backups of stores", pins its form.
package struct StoreBackup: Hashable, Sendable {
    static let format = "kvick-backup"
    static let version = 1
    /// The largest manifest, in bytes: of a million files.
    static let sizeMax = 256 << 20

    package let created: Timestamp
    /// The newest commit that is in it.
    package let revision: Revision
    /// The version of the store's formats.
    package let storeFormat: Int
    package let files: [BackupFile]

    /// Of its files together, in bytes.
    package var size: Int { files.reduce(0) { $0 + $1.size } }

    /// `created` in UTC, as RFC 3339 writes it.
    package var createdText: String { Date(milliseconds: created.milliseconds).ISO8601Format() }

    /// What revisions of a store lie behind that is restored from it at `now`.
    ///
    /// The store that it is of has gone on, and so has perhaps one that was restored from it before. No writer makes 2^20 commits in a
    /// second, so there is no revision in them that is not passed over, even by a clock that is a day behind.
    package func floor(now: Timestamp) -> Revision {
        let passed = now.milliseconds.subtractingReportingOverflow(created.milliseconds)
        let seconds = UInt64(clamping: passed.overflow ? 0 : passed.partialValue / 1000) + 24 * 3600
        return Revision(rawValue: revision.rawValue &+ seconds << 20)
    }
}

extension Date {
    fileprivate init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}

// MARK: - The manifest

extension StoreBackup {
    private struct Manifest: Codable {
        var format: String
        var version: Int
        var created: Int64
        var revision: String
        var storeFormat: Int
        var files: [BackupFile]
        var sha256: String
    }

    func encoded() throws -> [UInt8] {
        let manifest = Manifest(
            format: Self.format, version: Self.version, created: created.milliseconds, revision: "\(revision)",
            storeFormat: storeFormat, files: files, sha256: digest)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(manifest)) + [UInt8(ascii: "\n")]
    }

    /// - Parameter name: what the manifest is called in errors.
    /// - Throws: a `BackupError` where anything in it is not as it was written.
    init(decoding bytes: [UInt8], name: String) throws {
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)),
            manifest.format == Self.format
        else { throw BackupError("\(name) is damaged, or not a backup's manifest") }
        guard manifest.version == Self.version, manifest.storeFormat <= StoreDirectory.format else {
            throw BackupError("\(name) was written by a newer version of Kvick; restore it with that version")
        }
        guard let revision = UInt64(manifest.revision) else { throw BackupError("\(name) is damaged: its revision") }
        self.init(
            created: Timestamp(milliseconds: manifest.created), revision: Revision(rawValue: revision),
            storeFormat: manifest.storeFormat, files: manifest.files)
        guard digest == manifest.sha256 else { throw BackupError("\(name) is damaged: its checksum is another") }
        let list = files.map { StoreFileList.File(name: $0.name, size: $0.size, fingerprint: $0.fingerprint) }
        let problem = StoreFileList.problem(created: created, revision: self.revision, format: storeFormat, list)
        if let problem { throw BackupError("\(name) is damaged: \(problem)") }
        guard files.allSatisfy({ BackupFile.isDigest($0.sha256) }) else {
            throw BackupError("\(name) is damaged: it has digests that are none")
        }
    }

    /// Of a line of what it is of, and one of each file.
    private var digest: String {
        var digest = SHA256()
        digest.update(data: Array("\(created.milliseconds) \(revision) \(storeFormat)\n".utf8))
        for file in files {
            digest.update(data: Array("\(file.sha256) \(file.size) \(file.name) \(file.fingerprint ?? "-")\n".utf8))
        }
        return digest.finalize().hexadecimal
    }
}

extension BackupFile {
    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }
}

extension SHA256Digest {
    /// In hexadecimal digits.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
