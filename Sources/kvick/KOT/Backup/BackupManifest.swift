import Crypto
import FoundationEssentials
import HTTPAPI
import KOTAPI

/// What a backup says of itself; `docs/format.md`, "Backups of databases", pins its form.
struct BackupManifest: Hashable {
    static let entryName = "manifest.json"
    static let recordsEntryName = "records.jsonl"
    /// The largest manifest, in bytes.
    static let sizeMax = 64 << 10

    private static let format = "kvick-kot-backup"
    private static let version = 1

    var database: String
    /// In UTC, as RFC 3339 writes it.
    var created: String
    /// How many there are.
    var records: Int
    /// Of the records' lines, in hexadecimal.
    var checksum: String
    /// Nil where no record is sealed.
    var sealing: KOTSealing?

    var json: [UInt8] {
        var json = JSONWriter()
        json.raw(#"{"format":"#)
        json.string(Self.format)
        json.raw(#","version":"#)
        json.integer(Int64(Self.version))
        json.raw(#","database":"#)
        json.string(database)
        json.raw(#","created":"#)
        json.string(created)
        json.raw(#","records":"#)
        json.integer(Int64(records))
        json.raw(#","sha256":"#)
        json.string(checksum)
        if let sealing {
            json.raw(#","sealing":"#)
            json.base64(sealing.bytes)
        }
        json.raw("}\n")
        return Array(json.buffer.readableBytesView)
    }

    static func checksumText(_ digest: SHA256Digest) -> String {
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension BackupManifest {
    /// - Throws: a `CommandFailure` that says what is wrong with it.
    init(json: [UInt8]) throws {
        var texts: [String: String] = [:]
        do {
            var reader = try JSONReader(json)
            try reader.object { (name, json) throws(APIError) in
                let isString = try json.kind() == .string
                texts[name] = String(decoding: isString ? try json.string()[...] : try json.value(), as: UTF8.self)
            }
            try reader.end()
        } catch {
            throw CommandFailure("its manifest can't be read: \(error.message)")
        }
        guard texts["format"] == Self.format else { throw CommandFailure("its manifest is of another format") }
        guard texts["version"] == String(Self.version) else {
            throw CommandFailure("its version is \(texts["version"] ?? "missing"); this Kvick reads \(Self.version)")
        }
        guard let database = texts["database"], let created = texts["created"],
            let records = texts["records"].flatMap({ Int($0) }), let checksum = texts["sha256"]
        else { throw CommandFailure("its manifest is not whole") }
        let sealing = try texts["sealing"].map { text in
            guard let bytes = Data(base64Encoded: text), let sealing = KOTSealing(Array(bytes)) else {
                throw CommandFailure("the sealing of its manifest is not 16 bytes in base64")
            }
            return sealing
        }
        self.init(database: database, created: created, records: records, checksum: checksum, sealing: sealing)
    }
}
