import Archive

extension KOTFolder {
    /// Calls `visit` with each entry of a database, in no order; one is in memory at a time.
    ///
    /// - Parameter encryptionKey: opens the values that were encrypted with it.
    /// - Throws: `KOTFolderError` or `ArchiveError` where the database can't be read on; what `visit` throws.
    package func entries(
        of database: KOTFolderDatabase, encryptionKey: String?, _ visit: (KOTFolderEntry) async throws -> Void
    ) async throws {
        let reader = EntryReader(encryptionKey: encryptionKey)
        switch database.location {
        case .folder(let path): try await entries(ofFolder: path, reader, visit)
        case .backup(let path): try await entries(ofBackup: path, reader, visit)
        }
    }

    private func entries(
        ofFolder path: String, _ reader: EntryReader, _ visit: (KOTFolderEntry) async throws -> Void
    ) async throws {
        let folder = try FolderHandle(path: path)
        var names = try folder.names()
        while let name = try names.next() {
            guard KOTRecordFile.isNamed(name) else { continue }
            var entryName = name
            let entry: KOTFolderEntry
            do throws(KOTFolderError) {
                let bytes = try folder.read(name)
                switch reader.outcome(fileName: name, bytes) {
                case .entry(let found): entry = found
                case .directFile(let key, let fileName):
                    entryName = key
                    entry = .file(key: key, try folder.read(fileName))
                }
            } catch {
                entry = .skipped(name: entryName, reason: error.message)
            }
            try await visit(entry)
        }
    }

    /// Reads the backup once for the records, and once more for the files that these name.
    private func entries(
        ofBackup path: String, _ reader: EntryReader, _ visit: (KOTFolderEntry) async throws -> Void
    ) async throws {
        var keys: [String: String] = [:]
        try await forEachFile(ofBackup: path, named: KOTRecordFile.isNamed) { name, bytes in
            guard let bytes else {
                return try await visit(.skipped(name: name, reason: "\(KOTFolderError.tooLarge(name))"))
            }
            switch reader.outcome(fileName: name, bytes) {
            case .entry(let entry): try await visit(entry)
            case .directFile(let key, let fileName): keys[fileName] = key
            }
        }
        guard !keys.isEmpty else { return }
        try await forEachFile(ofBackup: path, named: { keys[$0] != nil }) { name, bytes in
            guard let key = keys.removeValue(forKey: name) else { return }
            try await visit(
                bytes.map { .file(key: key, $0) } ?? .skipped(name: key, reason: "\(KOTFolderError.tooLarge(name))"))
        }
        for (name, key) in keys { try await visit(.skipped(name: key, reason: "\(name) is missing")) }
    }

    /// - Parameter visit: called with nil in the place of a file that is too large.
    private func forEachFile(
        ofBackup path: String, named isWanted: (String) -> Bool,
        _ visit: (_ name: String, _ bytes: [UInt8]?) async throws -> Void
    ) async throws {
        let zip = try ZipReader(path: path)
        while let entry = try zip.nextEntry() {
            guard entry.isFile, isWanted(entry.name) else { continue }
            try await visit(entry.name, try zip.readAll(sizeMax: KOTRecordFile.sizeMax))
        }
    }
}

extension KOTFolderEntry {
    fileprivate static func file(key: String, _ bytes: [UInt8]) -> KOTFolderEntry {
        .value(key: key, KOTFolderValue(content: .file(bytes), isCompressed: false, isEncrypted: false))
    }
}
