import ArgumentParser

/// `KOT --name DB delete_all`
struct DeleteAll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete_all", abstract: "Delete all keys of a database, which stays.", aliases: ["delete-all"])

    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { databases in
            try await databases.pop(database.name.text)
        }
        try await service.output { try $0.done() }
    }
}
