import ArgumentParser

/// `KOT --name DB get_count`
struct GetCount: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get_count", abstract: "Print the number of keys.", aliases: ["get-count"])

    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let count = try await service.withService { databases in
            try await databases.count(database.name.text)
        }
        try await service.output { try $0.integer(count) }
    }
}
