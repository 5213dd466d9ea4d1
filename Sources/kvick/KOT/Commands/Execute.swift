import ArgumentParser

/// `KOT execute QUERY`
struct Execute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "execute", abstract: "Do what a query says, as 'SET books dune Herbert' or 'GET books dune'.")

    @Argument(help: "The query.") var query: String
    @Option(help: "The value of a SET, instead of the query's.") var value: String?
    @OptionGroup var service: ServiceOptions

    func run() async throws {
        let result = try await service.withService(creating: true) { databases in
            try await databases.execute(query, value: value.map(ValueText.value))
        }
        try await service.output { try $0.value(.json(result)) }
    }
}
