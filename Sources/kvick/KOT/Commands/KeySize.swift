import ArgumentParser

/// `KOT --name DB size KEY`
struct KeySize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size", abstract: "Print the bytes that a key's value takes as it is stored.")

    @Argument(help: "The key.") var key: Name
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let size = try await service.withService { databases in
            try await databases.size(database.name.text, key.text)
        }
        try await service.output { try $0.integer(size) }
    }
}
