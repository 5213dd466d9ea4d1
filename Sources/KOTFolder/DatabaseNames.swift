import Crypto

/// The names of databases, which KOT keeps in a database of its own, the index.
enum DatabaseNames {
    /// What the folder of each database begins with.
    static let prefix = "KOT-"

    /// Whether a folder is of a database that KOT made for itself.
    static func isInternal(folder: String) -> Bool {
        internalFolders.contains(folder)
    }

    /// The names of the databases in `path`, by their folders, as far as there is an index that can be read.
    static func byFolder(in path: String) -> [String: String] {
        var names: [String: String] = [:]
        for index in indexFolders {
            // What can't be read names nothing; its database goes by its folder.
            guard let folder = try? FolderHandle(path: path + "/" + index), var files = try? folder.names() else {
                continue
            }
            while let file = try? files.next() {
                guard let bytes = try? folder.read(file),
                    let record = try? KOTRecordFile(bytes).record,
                    case .value(.string(let location)) = record.stored,
                    let folder = location.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last
                else { continue }
                names[String(folder)] = record.key
            }
        }
        return names
    }

    private static let indexFolders = folders(of: ["KOT-database-index", "KOT-index"])
    private static let internalFolders = Set(
        folders(of: ["KOT-database-index", "KOT-index", "KOT-open_files_db", "KOT-benchmark"]))

    /// Those of older versions and with `enable_hashing` have hashed names.
    private static func folders(of databases: [String]) -> [String] {
        databases.flatMap { [prefix + hash($0), prefix + $0] }
    }

    private static func hash(_ name: String) -> String {
        SHA256.hash(data: Array(name.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
