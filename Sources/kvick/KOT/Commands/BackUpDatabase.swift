import ArgumentParser
import KOTAPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `KOT --name DB backup DIR`
struct BackUpDatabase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write a database into one .KOT file, and print its path.",
        discussion: "The file is named by the time. Sealed values stay sealed in it, all else can be read by anyone.")

    @Argument(help: ArgumentHelp("The folder of the file.", valueName: "dir")) var folder: String
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure("\(folder) is no folder; make it first, or choose another")
        }
        var created = BackupTime.now
        var path: String { (folder.hasSuffix("/") ? folder : folder + "/") + created.fileName }
        // Files are named by the second, of which one backup after the other takes less.
        for _ in 0..<30 where access(path, F_OK) == 0 {
            try await Task.sleep(for: .milliseconds(100))
            created = .now
        }
        try await service.withService { databases in
            let writer = try BackupWriter(path: path)
            let sealing = try await databases.backup(database.name.text) { try writer.append($0) }
            try writer.finish(database: database.name.text, created: created, sealing: sealing)
        }
        try await service.output { try $0.text(path) }
    }
}
