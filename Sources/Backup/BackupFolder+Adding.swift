import FoundationEssentials
import KeyValueStore
import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension BackupFolder {
    /// How long a source is left alone at most, which may give up its checkpoint after five minutes.
    private static let renewal: Duration = .seconds(30)

    /// What the making of a backup came to.
    package struct Addition {
        package let entry: Entry
        /// Of the files that were not there before, in bytes.
        package let addedSize: Int
    }

    /// Adds a backup. It counts once each of its files has been read back from the disk and the store in them was opened and ends at
    /// the revision that the source told of; until then there is nothing to be seen of it.
    ///
    /// - Parameters:
    ///   - view: an empty folder, in which the backup is opened (see `link`).
    ///   - check: has a last look at the store in that, and throws where the backup must not count.
    ///   - warn: told of earlier backups that can't be read; the new one shares no files with them.
    ///   - didCopy: told of each piece that is done, in bytes.
    package func add(
        _ source: any BackupSource, engine: any FileStorageEngine.Type, view: String,
        check: (_ path: String) throws -> Void = { _ in }, warn: (String) -> Void = { _ in },
        didCopy: (Int) -> Void = { _ in }
    ) async throws -> Addition {
        try source.checkpoint.validate()
        let number = (try numbers().last ?? 0) + 1
        guard number <= Self.numberMax else {
            throw BackupError("\(path) has a backup of the highest number, \(Self.numberMax); begin another folder")
        }
        let (files, addedSize) = try await files(of: source, warn, didCopy)
        let backup = try backup(of: source.checkpoint, files)
        try link(backup, into: view)
        try backup.verifyRevision(ofStoreIn: view, engine)
        try check(view)
        let entry = Entry(number: number, backup: backup)
        try write(entry)
        return Addition(entry: entry, addedSize: addedSize)
    }

    /// - Returns: the files in the checkpoint's order, and how many bytes of them are new.
    private func files(
        of source: any BackupSource, _ warn: (String) -> Void, _ didCopy: (Int) -> Void
    ) async throws -> ([BackupFile], addedSize: Int) {
        let knownFiles = try knownFiles(warn)
        var files: [String: BackupFile] = [:]
        var addedSize = 0
        // First what only the source has: to compare what is here may take long.
        for file in source.checkpoint.files where knownFiles.file(file) == nil {
            files[file.name] = try await fetch(file, from: source, didCopy)
            addedSize += file.size
        }
        var lastUse = ContinuousClock.now
        for file in source.checkpoint.files {
            guard let known = knownFiles.file(file) else { continue }
            if isWhole(known) {
                files[file.name] = known
                didCopy(file.size)
            } else {
                try Task.checkCancellation()
                files[file.name] = try await fetch(file, from: source, didCopy)
                addedSize += file.size
            }
            guard ContinuousClock.now - lastUse > Self.renewal else { continue }
            await source.renew()
            lastUse = .now
        }
        return (source.checkpoint.files.compactMap { files[$0.name] }, addedSize)
    }

    private func backup(of checkpoint: Checkpoint, _ files: [BackupFile]) throws -> StoreBackup {
        try DiskFile.syncFolder(filesPath)
        return StoreBackup(
            created: checkpoint.created, revision: checkpoint.revision, storeFormat: checkpoint.format, files: files)
    }

    /// Removes all but the newest backups, and the files that none of those needs.
    ///
    /// - Parameter count: how many to keep; nil for all, and then only what no backup needs goes.
    /// - Throws: a `BackupError`, and then no file was removed, also where a backup can't be read: nobody knows which files it needs.
    package func prune(keeping count: Int?) throws {
        if count == nil, try readings().contains(where: { (try? $0.backup.get()) == nil }) { return }
        let entries = try entries()
        let kept = entries.suffix(count ?? entries.count)
        let needed = Set(kept.flatMap { $0.backup.files.map(\.sha256) })
        for entry in entries.dropLast(kept.count) {
            guard unlink(manifestPath(entry.number)) == 0 else {
                throw BackupError.system("remove", manifestPath(entry.number))
            }
        }
        // A manifest that came back without its files would be worse than files without a manifest.
        try DiskFile.syncFolder(manifestsPath)
        for name in try DiskFile.names(in: filesPath) where !needed.contains(name) { unlink(filePath(name)) }
    }

    // MARK: Files

    private func knownFiles(_ warn: (String) -> Void) throws -> KnownFiles {
        KnownFiles(
            try readings().compactMap { reading in
                do throws(BackupError) {
                    return try reading.backup.get()
                } catch {
                    warn("\(error); that backup is passed over")
                    return nil
                }
            })
    }

    /// Whether a file that an earlier backup brought is as it was. One that is not is fetched anew, which mends that backup, too.
    private func isWhole(_ file: BackupFile) -> Bool {
        (try? forEachPiece(of: file, fromDisk: true) { _ in }) != nil
    }

    private func fetch(
        _ file: CheckpointFile, from source: any BackupSource, _ didCopy: (Int) -> Void
    ) async throws -> BackupFile {
        let copy = try beginCopy()
        // Where it does not come whole; what is kept has another name by then.
        defer { unlink(copy.path) }
        try await source.read(file) { piece in
            try Task.checkCancellation()
            try copy.write(piece)
            didCopy(piece.count)
        }
        return try keep(copy, of: file)
    }

    private func beginCopy() throws -> NewFile {
        let path = incomingPath + "/file"
        unlink(path)
        return try NewFile(path: path)
    }

    private func keep(_ copy: NewFile, of file: CheckpointFile) throws -> BackupFile {
        guard copy.size == file.size else {
            throw BackupError("\(file.name) came with \(copy.size) bytes in place of \(file.size); try again")
        }
        let digest = try copy.finish()
        let fetched = BackupFile(name: file.name, size: file.size, sha256: digest, fingerprint: file.fingerprint)
        try DiskFile.rename(copy.path, to: filePath(digest))
        // What the disk has, and not what it was given.
        try forEachPiece(of: fetched, fromDisk: true) { _ in }
        return fetched
    }

    private func write(_ entry: Entry) throws {
        let temporary = incomingPath + "/manifest"
        unlink(temporary)
        let copy = try NewFile(path: temporary)
        try entry.backup.encoded().withUnsafeBytes { try copy.write($0) }
        _ = try copy.finish()
        try DiskFile.rename(temporary, to: manifestPath(entry.number))
        try DiskFile.syncFolder(manifestsPath)
    }
}

extension StoreBackup {
    /// Opens the store in a folder and compares its newest revision.
    func verifyRevision(ofStoreIn path: String, _ engine: any FileStorageEngine.Type) throws {
        let found = try StoreDirectory.newestRevision(path, engine: engine)
        guard found == revision else {
            throw BackupError(
                "the backup ends at revision \(found) in place of \(revision), so it is not whole; make it anew")
        }
        guard try DiskFile.bytes(path + "/" + StoreDirectory.secretName, sizeMax: 4096).count == 32 else {
            throw BackupError("the backup's \(StoreDirectory.secretName) is damaged; make it anew")
        }
    }
}

/// The files of earlier backups that are known again.
private struct KnownFiles {
    /// A name alone is not enough: a store that was restored gives the names again.
    private struct Identity: Hashable {
        let fingerprint: String
        let size: Int
    }

    private var files: [Identity: BackupFile] = [:]

    init(_ backups: [StoreBackup]) {
        for file in backups.flatMap(\.files) {
            guard let fingerprint = file.fingerprint else { continue }
            files[Identity(fingerprint: fingerprint, size: file.size)] = file
        }
    }

    /// The same file as a backup has it, under the name that it has now.
    func file(_ file: CheckpointFile) -> BackupFile? {
        guard let fingerprint = file.fingerprint,
            let known = files[Identity(fingerprint: fingerprint, size: file.size)]
        else { return nil }
        return BackupFile(name: file.name, size: file.size, sha256: known.sha256, fingerprint: fingerprint)
    }
}
