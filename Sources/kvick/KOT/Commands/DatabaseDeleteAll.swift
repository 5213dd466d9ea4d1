import ArgumentParser

/// `KOT database_delete_all`
struct DatabaseDeleteAll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database_delete_all", abstract: "Delete all databases.", aliases: ["database-delete-all"])

    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { try await $0.deleteAllDatabases() }
        try await service.output { try $0.nothing() }
    }
}
