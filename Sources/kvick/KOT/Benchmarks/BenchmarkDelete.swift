import ArgumentParser

/// `KOT benchmark_delete`
struct BenchmarkDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark_delete", abstract: "Print the seconds that deleting keys takes.",
        aliases: ["benchmark-delete"])

    @OptionGroup var options: BenchmarkOptions
    @OptionGroup var generation: GenerationOption

    func run() async throws {
        try await options.run { benchmark in
            if !generation.dontGenerate.isTrue { _ = try await benchmark.set() }
            return try await benchmark.delete()
        }
    }
}
