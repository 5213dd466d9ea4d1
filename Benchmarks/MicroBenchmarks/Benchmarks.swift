import Benchmark

/// What `make bench-micro` measures: the parts of a request's way, each on its own.
let benchmarks: @Sendable () -> Void = {
    // An iteration is a thousand of what its benchmark is named for.
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .instructions, .throughput], timeUnits: .nanoseconds, warmupIterations: 3,
        scalingFactor: .kilo)
    registerCodecBenchmarks()
    registerRouterBenchmarks()
    registerWriterBenchmarks()
}

/// Something else came out than what was to be measured.
struct UnexpectedOutcome: Error {
    let what: String
}
