import ArgumentParser

/// `KOT database_pop DB`
struct DatabasePop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database_pop", abstract: "Delete all keys of a database, which stays.",
        aliases: ["database-pop"])

    @Argument(help: "The database.") var database: Name
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { try await $0.pop(database.text) }
        try await service.output { try $0.done() }
    }
}
