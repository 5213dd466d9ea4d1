import ArgumentParser

/// `KOT database_list`
struct DatabaseList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database_list", abstract: "Print the databases with their locations.",
        aliases: ["database-list"])

    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let databases = try await service.withService { try await $0.databases() }
        try await service.output { printer in
            try await printer.dictionary { entries in
                for (name, location) in databases { try entries.add(name, .string(location)) }
            }
        }
    }
}
