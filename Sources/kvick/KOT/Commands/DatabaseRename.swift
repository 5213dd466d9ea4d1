import ArgumentParser

/// `KOT database_rename OLD NEW`
struct DatabaseRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database_rename", abstract: "Rename a database.", aliases: ["database-rename"])

    @Argument(help: "The database.") var old: Name
    @Argument(help: "Its new name.") var new: Name
    @Option(help: ArgumentHelp("Replace a database that has the new name.", valueName: "True|False"))
    var force = TruthValue(false)
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { databases in
            try await databases.rename(old.text, to: new.text, force: force.isTrue)
        }
        try await service.output { try $0.done() }
    }
}
