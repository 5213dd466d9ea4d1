import ArgumentParser
import Backup
import RocksDBEngine

/// `kvick restore`
struct RestoreStore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a store of a backup, in a new or empty folder.",
        discussion: """
              kvick restore /backups --data ./kvick-data
              kvick restore kvick.tar --data ./kvick-data
              kvick serve --data ./kvick-data

            The folder is a store once all of the backup is in it, unchanged, and was opened. Clients that watch buckets are told \
            to list anew, and no revision is given again that was given after the backup.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "A folder of backups, a file that ends in .tar, or - for standard input.", valueName: "folder|file"))
    var source: String

    @Option(
        help: ArgumentHelp("Which of the folder's backups, by its number. (default: the newest)", valueName: "number"))
    var backup: Int?

    @Option(help: ArgumentHelp("The folder for the store, new or empty.", valueName: "folder"))
    var data: String

    func validate() throws {
        guard backup == nil || BackupPlace(source) == .folder(source) else {
            throw ValidationError("--backup is for a folder of backups; \(source) holds one alone")
        }
    }

    func run() async throws {
        try await StopSignal().cancelling {
            let path = PathText.absolute(data)
            let place = BackupPlace(source)
            let backup = try place.withArchive { try restore($0, to: path) } ?? restore(folder: source, to: path)
            print("\(path): revision \(backup.revision) of \(backup.createdText)")
        }
    }

    private func restore(folder: String, to path: String) throws -> StoreBackup {
        let folder = try BackupFolder.open(folder)
        let backup = try folder.entry(backup).backup
        let restoration = try StoreRestoration(into: path)
        let progress = Progress("restore", total: backup.size)
        defer { progress.end() }
        try Extraction(to: restoration.stagingPath) { progress.add($0) }.extract(backup, from: folder)
        try restoration.finish(backup, engine: RocksDBEngine.self)
        return backup
    }

    private func restore(_ archive: BackupArchive, to path: String) throws -> StoreBackup {
        let restoration = try StoreRestoration(into: path)
        let progress = Progress("restore")
        defer { progress.end() }
        let backup = try Extraction(to: restoration.stagingPath) { progress.add($0) }
            .extract(archive) { progress.begin(total: $0.size) }
        try restoration.finish(backup, engine: RocksDBEngine.self)
        return backup
    }
}
