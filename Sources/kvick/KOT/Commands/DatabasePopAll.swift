import ArgumentParser

/// `KOT database_pop_all`
struct DatabasePopAll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database_pop_all", abstract: "Delete all keys of all databases, which stay.",
        aliases: ["database-pop-all"])

    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { try await $0.popAll() }
        try await service.output { try $0.nothing() }
    }
}
