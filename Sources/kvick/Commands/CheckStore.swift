import ArgumentParser
import Backup
import KeyValueStore

/// `kvick check`
struct CheckStore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look at every record of a store or a backup, and change nothing.",
        discussion: """
              kvick check ./kvick-data     a store that no server has open
              kvick check /backups         the newest of a folder of backups
              kvick check kvick.tar

            The exit code is 0 where all is as it must be, and 1 where there are problems, each of which is told on a line.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "A store's folder, a folder of backups, or a file that ends in .tar. (default: --data's value)",
            valueName: "folder|file"))
    var target: String?

    @Option(
        help: ArgumentHelp(
            "The folder of a store. (default: KVICK_DATA's value, else ./kvick-data)", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp("Which of the folder's backups, by its number. (default: the newest)", valueName: "number"))
    var backup: Int?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing where all is as it must be, so that cron has nothing to mail then.")
    var quiet = false

    func validate() throws {
        guard target == nil || data == nil else { throw ValidationError("give a folder once, and not --data, too") }
    }

    func run() throws {
        let start = ContinuousClock.now
        let data = try Setting("data", flag: data).value(default: "./kvick-data", expecting: "a folder") { .some($0) }
        let target = target ?? data
        let report = try check(target)
        guard !quiet || report.problemCount > 0 else { return }
        let output = StandardOutput()
        let text = ReportText(report, of: target, duration: .now - start)
        try output.write(json ? text.json : text.lines)
        try output.flush()
        if report.problemCount > 0 { throw ExitCode.failure }
    }

    private func check(_ target: String) throws -> StoreReport {
        let place = BackupPlace(target)
        if let report = try place.withArchive(checkArchive) { return report }
        guard case .folder(let path) = place, try OpenFile.exists(BackupFolder.markName, in: path) else {
            guard backup == nil else { throw CommandFailure("\(target) holds no backups; leave out --backup") }
            return try checkStore(target)
        }
        let folder = try BackupFolder.open(path)
        let backup = try folder.entry(backup).backup
        let progress = Progress("read", total: backup.size, mayBeShown: !quiet)
        try folder.verify(backup) { progress.add($0) }
        progress.end()
        let view = try TemporaryFolder()
        defer { view.remove() }
        try folder.link(backup, into: view.path)
        return try StoreCheck(path: view.path, acknowledged: backup.revision, showsProgress: !quiet).run()
    }

    private func checkArchive(_ archive: BackupArchive) throws -> StoreReport {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let progress = Progress("read", mayBeShown: !quiet)
        let backup = try Extraction(to: folder.path) { progress.add($0) }
            .extract(archive) { progress.begin(total: $0.size) }
        progress.end()
        return try StoreCheck(path: folder.path, acknowledged: backup.revision, showsProgress: !quiet).run()
    }

    private func checkStore(_ path: String) throws -> StoreReport {
        let directory = try ClosedStoreFolder.open(path)
        defer { withExtendedLifetime(directory) {} }
        return try StoreCheck(path: directory.path, acknowledged: directory.mark.revision, showsProgress: !quiet).run()
    }
}
