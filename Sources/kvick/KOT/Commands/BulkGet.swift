import ArgumentParser

/// `KOT --name DB bulk_get KEY…`
struct BulkGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulk_get", abstract: "Print those of many keys that there are, with their values.",
        aliases: ["bulk-get"])

    @Argument(help: "The keys, or one JSON list of them.") var keys: [String]
    @OptionGroup var encryption: EncryptionKeyOption
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let keys = try ValueText.keys(keys)
        let found = try await service.withService { databases in
            try await databases.bulkGet(database.name.text, keys, encryptionKey: encryption.passphrase)
        }
        try await service.output { printer in
            try await printer.dictionary { entries in
                for (key, value) in found { try entries.add(key, value) }
            }
        }
    }
}
