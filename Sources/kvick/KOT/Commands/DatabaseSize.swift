import ArgumentParser

/// `KOT --name DB size_all`
struct DatabaseSize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size_all", abstract: "Print the bytes that all keys and values take.", aliases: ["size-all"])

    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let size = try await service.withService { databases in
            try await databases.sizeAll(database.name.text)
        }
        try await service.output { try $0.integer(size) }
    }
}
