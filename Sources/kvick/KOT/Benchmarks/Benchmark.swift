import ArgumentParser

/// `KOT benchmark`
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Print the seconds that setting, getting and deleting keys takes.")

    @OptionGroup var options: BenchmarkOptions

    func run() async throws {
        try await options.run { benchmark in
            try await benchmark.set() + benchmark.get() + benchmark.delete()
        }
    }
}
