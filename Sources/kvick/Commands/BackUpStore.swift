import ArgumentParser
import Backup
import RocksDBEngine

/// `kvick backup`
struct BackUpStore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up all that a server has, while it runs.",
        discussion: """
              kvick backup /backups                   into a folder of backups
              kvick backup /backups --keep 30         and leave only the newest 30 there
              kvick backup kvick.tar                  into one file
              kvick backup --list /backups

            A folder keeps what several backups have in common once, so that the next one takes only what is new. A backup counts \
            once it is on disk as a whole and each of its records was looked at. It holds the server's secrets: keep it as the server's own folder.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "A folder of backups, made where there is none; a file that ends in .tar; or - for standard output.",
            valueName: "folder|file"))
    var target: String

    @OptionGroup var source: StoreSourceOptions

    @Option(
        help: ArgumentHelp("Remove all but so many of the folder's newest backups. (default: none)", valueName: "count")
    )
    var keep: Int?

    @Flag(inversion: .prefixedNo, help: "Look at every record of the backup before it counts, as 'kvick check' does.")
    var check = true

    @Flag(help: "List the folder's backups, and make none.")
    var list = false

    @Flag(help: "Print that list as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but what goes wrong, as cron likes it.")
    var quiet = false

    func validate() throws {
        guard keep.map({ $0 >= 1 }) ?? true else {
            throw ValidationError("--keep is \(keep ?? 0), but must be 1 or more")
        }
        guard keep == nil || check else {
            throw ValidationError(
                "--keep removes older backups, so the new one must be looked at; leave out --no-check")
        }
        guard list || !json else { throw ValidationError("--json is the form of a list; give --list, too") }
        if list, let option = backupOption {
            throw ValidationError("--list makes no backup and removes none; leave out \(option), or --list")
        }
        guard !BackupPlace.isCompressed(target) else {
            throw ValidationError("a backup is a folder or ends in .tar; \(target) is neither, so name it kvick.tar")
        }
        guard case .folder = BackupPlace(target) else {
            guard target != "-" || !StandardOutput.isTerminal else {
                throw ValidationError("a backup is no text for a terminal; send it to a file or a program")
            }
            guard keep == nil, !list else {
                throw ValidationError("--keep and --list are for a folder of backups; \(target) is a file")
            }
            return
        }
    }

    /// The first option that is given and says how a backup is made; nil where none is.
    private var backupOption: String? {
        if keep != nil { return "--keep" }
        if !check { return "--no-check" }
        return quiet ? "--quiet" : source.givenOption
    }

    func run() async throws {
        let place = BackupPlace(target)
        if list, case .folder(let path) = place {
            let output = StandardOutput()
            let backups = try BackupList(path)
            try output.write(json ? backups.json : backups.text)
            return try output.flush()
        }
        let output = BackupOutput(
            keep: keep,
            check: { [check, quiet] path in if check { try Self.requireSound(path, showsProgress: !quiet) } },
            engine: RocksDBEngine.self, showsProgress: !quiet)
        // Signals are caught before there is anything that they would leave behind, here or on the server.
        try await StopSignal().cancelling { [source, quiet] in
            let text = try await source.withSource { source in try await output.write(source, to: place) }
            guard !quiet else { return }
            // A pipe has the backup itself.
            if place == .pipe { StandardError.print(text + "\n") } else { print(text) }
        }
    }

    private static func requireSound(_ path: String, showsProgress: Bool) throws {
        let report = try StoreCheck(path: path, acknowledged: nil, showsProgress: showsProgress).run()
        guard let problem = report.problems.first else { return }
        throw CommandFailure(
            "the store is damaged, so there is no backup of it: \(problem.place): \(problem.text)"
                + (report.problemCount > 1 ? ", and \(report.problemCount - 1) problems more" : "")
                + "; --no-check makes one all the same")
    }
}
