import ArgumentParser

/// `KOT --name DB get_all`
struct GetAll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get_all", abstract: "Print all keys with their values.",
        discussion: "Sealed values that the passphrase does not open are left out.", aliases: ["get-all"])

    @OptionGroup var encryption: EncryptionKeyOption
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        try await service.withService { databases in
            try await service.output { printer in
                try await printer.dictionary { entries in
                    try await databases.getAll(database.name.text, encryptionKey: encryption.passphrase) { key, value in
                        try entries.add(key, value)
                    }
                }
            }
        }
    }
}
