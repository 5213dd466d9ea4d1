import ArgumentParser
import KOTAPI

/// `KOT --name DB restore FILE`
struct RestoreDatabase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put the keys of a backup into a database.",
        discussion: """
            Nothing is changed where the file is damaged. Keys that are not in the backup stay. A backup of KOT's own is \
            read by import.
            """)

    @Argument(help: ArgumentHelp("The backup.", valueName: "file")) var file: String
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let backup = BackupReader(path: file)
        let manifest = try backup.verifiedManifest()
        try await service.withService(creating: true) { databases in
            try await restore(backup, manifest, to: databases)
        }
        try await service.output { try $0.done() }
    }

    private func restore(
        _ backup: BackupReader, _ manifest: BackupManifest, to databases: any KOTService
    ) async throws {
        var bar = ProgressBar("restore", total: manifest.records)
        defer { bar.end() }
        var done = 0
        do {
            try await backup.forEachBatch { records in
                try await databases.restore(database.name.text, records, sealing: manifest.sealing)
                done += records.count
                bar.update(done)
            }
        } catch  where done > 0 {
            throw CommandFailure(
                "\(done) of \(manifest.records) keys are restored; do it again for the others: \(error)")
        }
    }
}
