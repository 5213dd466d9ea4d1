import Backup
import Storage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes backups from a source, in all the forms that there are.
struct BackupOutput {
    /// How many backups a folder keeps; nil for all.
    let keep: Int?
    /// Has a look at the store before the backup counts.
    let check: @Sendable (_ path: String) throws -> Void
    let engine: any FileStorageEngine.Type
    var showsProgress = true

    /// - Returns: what is told of it.
    func write(_ source: any BackupSource, to place: BackupPlace) async throws -> String {
        switch place {
        case .folder(let path):
            let folder = try BackupFolder.openForWriting(path)
            let addition = try await add(source, to: folder)
            let added = ByteSize(bytes: addition.addedSize).rounded
            let text = "\(path): backup \(addition.entry.number), \(description(addition)), \(added) of them new"
            do {
                try folder.prune(keeping: keep)
            } catch let error as BackupError {
                throw CommandFailure("\(text); but no older one was removed: \(error); move that file away")
            }
            return text
        case .archive(let path):
            return try await writeArchive(source, path)
        case .pipe:
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            return try await writeArchive(source, by: folder.path + "/backups", to: STDOUT_FILENO, "standard output")
        }
    }

    private func writeArchive(_ source: any BackupSource, _ path: String) async throws -> String {
        let file = PartialFile(path: path)
        let staging = file.temporaryPath + ".files"
        guard mkdir(staging, 0o700) == 0 else { throw Self.failure(path, .last) }
        defer { TemporaryFolder(path: staging).remove() }
        do {
            let text = try await writeArchive(source, by: staging, to: file)
            try place(file)
            return text
        } catch {
            file.remove()
            throw error
        }
    }

    private func writeArchive(
        _ source: any BackupSource, by staging: String, to file: PartialFile
    ) async throws -> String {
        let open: OpenFile
        do throws(SystemError) {
            open = try file.create(mode: 0o600)
        } catch {
            throw Self.failure(file.path, error)
        }
        defer { close(open.descriptor) }
        let text = try await writeArchive(source, by: staging, to: open.descriptor, file.path)
        do throws(SystemError) {
            try open.sync()
        } catch {
            throw Self.failure(file.path, error)
        }
        return text
    }

    /// It takes the place of whatever had its name.
    private func place(_ file: PartialFile) throws {
        do throws(SystemError) {
            try file.place(replacing: true)
        } catch {
            throw Self.failure(file.path, error)
        }
    }

    private static func failure(_ path: String, _ error: SystemError) -> CommandFailure {
        CommandFailure("\(path) can't be written: \(error)")
    }

    private func writeArchive(
        _ source: any BackupSource, by staging: String, to descriptor: Int32, _ name: String
    ) async throws -> String {
        let folder = try BackupFolder.openForWriting(staging)
        let addition = try await add(source, to: folder)
        try BackupArchive(descriptor: descriptor, name: name).write(addition.entry.backup, from: folder)
        return "\(name): \(description(addition))"
    }

    private func add(_ source: any BackupSource, to folder: BackupFolder) async throws -> BackupFolder.Addition {
        let view = try TemporaryFolder()
        defer { view.remove() }
        try source.checkpoint.validate()
        let progress = Progress(
            "backup", total: source.checkpoint.files.reduce(0) { $0 + $1.size }, mayBeShown: showsProgress)
        defer { progress.end() }
        return try await folder.add(source, engine: engine, view: view.path, check: check, warn: Self.warn) {
            progress.add($0)
        }
    }

    private static func warn(_ text: String) {
        StandardError.print("kvick: \(text)\n")
    }

    private func description(_ addition: BackupFolder.Addition) -> String {
        let backup = addition.entry.backup
        return "revision \(backup.revision), \(backup.files.count) files, \(ByteSize(bytes: backup.size).rounded)"
    }
}
