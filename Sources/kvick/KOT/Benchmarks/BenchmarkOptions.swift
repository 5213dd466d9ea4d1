import ArgumentParser
import KOTAPI

/// What the benchmarks measure.
struct BenchmarkOptions: ParsableArguments {
    @Option(help: "How many keys, 1 to 10000000.")
    var number = 10_000
    @OptionGroup var storage: StorageOptions
    @OptionGroup var service: ServiceOptions

    func validate() throws {
        guard (1...10_000_000).contains(number) else {
            throw ValidationError("--number is \(number), but must be 1 to 10000000")
        }
    }

    /// Prints the seconds that `measure` gives; the database is deleted behind it.
    func run(_ measure: (BenchmarkRun) async throws -> Duration) async throws {
        let duration = try await service.withService(creating: true) { databases in
            try await BenchmarkRun(databases: databases, number: number, storage: storage.storage)
                .inDatabaseOfItsOwn(measure)
        }
        try await service.output { try $0.seconds(duration / .seconds(1)) }
    }
}

/// Whether a benchmark reads and deletes what is there instead of setting it first.
struct GenerationOption: ParsableArguments {
    @Option(
        name: [.customLong("dont_generate"), .customLong("dont-generate")],
        help: ArgumentHelp("Don't set the keys first.", valueName: "True|False"))
    var dontGenerate = TruthValue(false)
}
