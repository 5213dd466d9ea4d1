import ArgumentParser

/// `KOT --name DB delete KEY`
struct DeleteKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a key, whether or not it is there.")

    @Argument(help: "The key.") var key: Name
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { databases in
            try await databases.delete(database.name.text, key.text)
        }
        try await service.output { try $0.done() }
    }
}
