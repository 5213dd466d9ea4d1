import ArgumentParser

/// `KOT benchmark_set`
struct BenchmarkSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark_set", abstract: "Print the seconds that setting keys takes.",
        aliases: ["benchmark-set"])

    @OptionGroup var options: BenchmarkOptions

    func run() async throws {
        try await options.run { try await $0.set() }
    }
}
