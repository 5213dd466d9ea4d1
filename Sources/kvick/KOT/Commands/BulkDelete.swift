import ArgumentParser

/// `KOT --name DB bulk_delete KEY…`
struct BulkDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulk_delete", abstract: "Delete many keys, all or none.", aliases: ["bulk-delete"])

    @Argument(help: "The keys, or one JSON list of them.") var keys: [String]
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let keys = try ValueText.keys(keys)
        try await service.withService { databases in
            try await databases.bulkDelete(database.name.text, keys)
        }
        try await service.output { try $0.done() }
    }
}
