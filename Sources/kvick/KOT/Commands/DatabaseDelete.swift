import ArgumentParser

/// `KOT database_delete DB`
struct DatabaseDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database_delete", abstract: "Delete a database with all its keys.",
        aliases: ["database-delete"])

    @Argument(help: "The database.") var database: Name
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { try await $0.deleteDatabase(database.text) }
        try await service.output { try $0.done() }
    }
}
