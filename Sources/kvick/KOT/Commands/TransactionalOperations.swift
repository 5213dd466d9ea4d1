import ArgumentParser

/// `KOT --name DB transactional_operations '[["SET","K",V],["GET","K"],["DELETE","K"]]'`
struct TransactionalOperations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transactional_operations",
        abstract: "Do several operations, all or none, and print what each answers.",
        aliases: ["transactional-operations", "transaction"])

    @Argument(help: #"[["SET","K",V],["GET","K"],["DELETE","K"]]"#) var operations: String
    @OptionGroup var storage: StorageOptions
    @OptionGroup var database: DatabaseOption
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let operations = try ValueText.operations(operations)
        let results = try await service.withService(creating: true) { databases in
            try await databases.transaction(database.name.text, operations, storage.storage)
        }
        try await service.output { try $0.list(results) }
    }
}
