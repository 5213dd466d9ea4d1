import Archive

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Databases that KOT keeps as files: a folder of them, one of them, or KOT's backup of one.
package struct KOTFolder: Sendable {
    private enum Kind {
        case folder, database, backup
    }

    /// Absolute, and without symbolic links.
    private let path: String
    private let kind: Kind

    /// - Parameter path: of a folder that holds `KOT-…` folders, of one of these, or of a backup (`.KOT`).
    /// - Throws: `KOTFolderError` where it is none of them, or can't be read.
    package init(path: String) throws {
        guard let resolved = realpath(path, nil) else {
            throw KOTFolderError("can't read \(path): \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        var status = stat()
        if stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            kind = .backup
            guard try !Self.isKvicks(self.path) else {
                throw KOTFolderError("\(path) was made by Kvick's own backup; restore reads it")
            }
        } else if try !Self.databaseFolders(in: self.path).isEmpty {
            kind = .folder
        } else if Self.split(self.path).name.hasPrefix(DatabaseNames.prefix) {
            kind = .database
        } else {
            throw KOTFolderError(
                "\(path) holds no KOT databases; give the folder that holds their KOT-… folders, one of these, or a .KOT backup"
            )
        }
    }

    /// Whether a backup is one that Kvick made, which has the same kind of name.
    private static func isKvicks(_ path: String) throws -> Bool {
        let zip = try ZipReader(path: path)
        // KOT may have a file of either name, kept beside its key, but names none of its records so.
        var names: Set<String> = ["records.jsonl", "manifest.json"]
        while let entry = try zip.nextEntry() {
            guard names.remove(entry.name) != nil else { return false }
        }
        return names.isEmpty
    }

    /// The databases, without those that KOT makes for itself.
    ///
    /// - Throws: `KOTFolderError`.
    package func databases() throws -> [KOTFolderDatabase] {
        let (parent, name) = Self.split(path)
        switch kind {
        case .folder:
            let names = DatabaseNames.byFolder(in: path)
            return try Self.databaseFolders(in: path).filter { !DatabaseNames.isInternal(folder: $0) }.sorted()
                .map { Self.database($0, in: path, names) }
        case .database:
            return [Self.database(name, in: parent, DatabaseNames.byFolder(in: parent))]
        case .backup:
            let databaseName = name.hasSuffix(".KOT") ? String(name.dropLast(4)) : name
            return [KOTFolderDatabase(name: databaseName, location: .backup(path: path))]
        }
    }

    private static func database(
        _ folder: String, in parent: String, _ names: [String: String]
    ) -> KOTFolderDatabase {
        KOTFolderDatabase(
            name: names[folder] ?? String(folder.dropFirst(DatabaseNames.prefix.count)),
            location: .folder(path: parent + "/" + folder))
    }

    private static func databaseFolders(in path: String) throws -> [String] {
        let handle = try FolderHandle(path: path)
        var folders: [String] = []
        var names = try handle.names()
        while let name = try names.next() {
            if name.hasPrefix(DatabaseNames.prefix), handle.mayBeFolder(name) { folders.append(name) }
        }
        return folders
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}

/// A database of a `KOTFolder`.
package struct KOTFolderDatabase: Hashable, Sendable {
    enum Location: Hashable {
        case folder(path: String)
        case backup(path: String)
    }

    /// As KOT's index has it; else as the folder or backup is called.
    package let name: String
    let location: Location
}
