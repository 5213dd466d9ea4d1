import KeyValueStore
import Storage

/// What may be said of a store's files, by whoever says it: a manifest may be forged as well as a server's answer.
enum StoreFileList {
    /// Up to the end of the year 9999, in milliseconds since 1970.
    private static let times: ClosedRange<Int64> = 0...253_402_300_799_999
    /// Leaves room for what a restoration passes over.
    private static let revisionMax: UInt64 = 1 << 62
    /// Of all files together, in bytes.
    private static let sizeMax = 1 << 60

    struct File {
        let name: String
        let size: Int
        let fingerprint: String?
    }

    /// - Returns: what is wrong; nil where all may be so.
    static func problem(created: Timestamp, revision: Revision, format: Int, _ files: [File]) -> String? {
        guard times.contains(created.milliseconds) else { return "its time is not one" }
        guard revision.rawValue <= revisionMax else { return "its revision is not one" }
        guard format >= 1 else { return "its format is not one" }
        var names: Set<String> = []
        var size = 0
        for file in files {
            guard isName(file.name), names.insert(file.name).inserted, isFingerprint(file.fingerprint) else {
                return "it names files that no store has"
            }
            // So that the sum never overflows.
            guard file.size >= 0, file.size <= sizeMax - size else { return "its files have sizes that no store has" }
            size += file.size
        }
        return names.contains(StoreDirectory.secretName) ? nil : "it has no \(StoreDirectory.secretName)"
    }

    /// Whether the name is one of a store's files, which lie in no other folder.
    private static func isName(_ name: String) -> Bool {
        let prefix = StoreDirectory.engineName + "/"
        guard name != StoreDirectory.secretName else { return true }
        guard name.hasPrefix(prefix) else { return false }
        let last = name.utf8.dropFirst(prefix.utf8.count)
        guard let first = last.first, first != UInt8(ascii: "."), last.count <= 255 else { return false }
        return last.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    private static func isFingerprint(_ text: String?) -> Bool {
        guard let text else { return true }
        return (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
            }
    }
}

extension Checkpoint {
    /// Refuses what no store has: names that lead elsewhere, above all.
    ///
    /// - Throws: a `BackupError`.
    package func validate() throws(BackupError) {
        guard format <= StoreDirectory.format else {
            throw BackupError("the store is of a newer version of Kvick; back it up with that version")
        }
        let files = files.map { StoreFileList.File(name: $0.name, size: $0.size, fingerprint: $0.fingerprint) }
        let problem = StoreFileList.problem(created: created, revision: revision, format: format, files)
        if let problem { throw BackupError("the store's description of its files is refused: \(problem)") }
    }
}
