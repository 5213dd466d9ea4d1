import ArgumentParser

/// `KOT --name DB bulk_set '[["K",V],…]'`
struct BulkSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulk_set", abstract: "Set many keys, all or none.",
        discussion: #"The pairs are K V K V, or one [["K",V],…] or {"K":V,…}."#, aliases: ["bulk-set"])

    @Argument(help: "Keys and values.") var pairs: [String]
    @OptionGroup var storage: StorageOptions
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let pairs = try ValueText.pairs(pairs)
        try await service.withService(creating: true) { databases in
            try await databases.bulkSet(database.name.text, pairs, storage.storage)
        }
        try await service.output { try $0.done() }
    }
}
