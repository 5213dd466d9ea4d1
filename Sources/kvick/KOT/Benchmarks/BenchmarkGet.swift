import ArgumentParser

/// `KOT benchmark_get`
struct BenchmarkGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark_get", abstract: "Print the seconds that getting keys takes.",
        aliases: ["benchmark-get"])

    @OptionGroup var options: BenchmarkOptions
    @OptionGroup var generation: GenerationOption

    func run() async throws {
        try await options.run { benchmark in
            if !generation.dontGenerate.isTrue { _ = try await benchmark.set() }
            return try await benchmark.get()
        }
    }
}
