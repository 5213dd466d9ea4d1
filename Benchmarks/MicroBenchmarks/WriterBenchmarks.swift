import Benchmark
import Foundation
import KeyValueStore

/// Commands of many clients, each of which hands in its next when the last is durable.
func registerWriterBenchmarks() {
    for (clients, turns) in [(1, 200), (64, 200), (1000, 20)] {
        for command in WriterCommand.allCases {
            let name = "\(command.rawValue), \(clients) under way"
            Benchmark("Writer in memory: \(name)", configuration: .writer) { benchmark in
                try await BenchmarkedStore.inMemory { store in
                    try await command.measure(benchmark, store, clients: clients, turns: turns)
                }
            }
            Benchmark("Writer on RocksDB: \(name)", configuration: .writer) { benchmark in
                try await BenchmarkedStore.onRocksDB { store in
                    try await command.measure(benchmark, store, clients: clients, turns: turns)
                }
            }
        }
    }
}

extension Benchmark.Configuration {
    /// An iteration has a store of its own.
    fileprivate static var writer: Self {
        Self(
            metrics: [.commandsPerSecond, .processorTimePerCommand],
            units: [.commandsPerSecond: .count, .processorTimePerCommand: .count], warmupIterations: 1,
            scalingFactor: .one, maxDuration: .seconds(2))
    }
}

extension BenchmarkMetric {
    fileprivate static let commandsPerSecond = custom("Commands / s", polarity: .prefersLarger, useScalingFactor: false)
    /// In nanoseconds, of all threads: those of the clients, of the writer and of the engine.
    fileprivate static let processorTimePerCommand = custom("CPU / command (ns)", useScalingFactor: false)
}

private enum WriterCommand: String, CaseIterable, Sendable {
    /// Of 100 bytes, each client its own keys.
    case set = "sets"
    /// All of one key.
    case increment = "increments"

    private static let bucket = NamespaceName(.bucket, Array("benchmark".utf8), isCreatedOnWrite: true)
    private static let value = NewValue(bytes: [UInt8](repeating: UInt8(ascii: "v"), count: 100))
    private static let counter = Array("counter".utf8)

    /// Measures `clients` that hand in `turns` commands each.
    func measure(
        _ benchmark: Benchmark, _ store: KeyValueStore, clients: Int, turns: Int
    ) async throws {
        // Makes the bucket, and wakes the threads for the first time.
        try await run(on: store, client: 0, turn: 0)
        let start = (time: ContinuousClock.now, processor: clock())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask {
                    for turn in 0..<turns { try await run(on: store, client: client, turn: turn) }
                }
            }
            try await group.waitForAll()
        }
        let processorTime = Double(clock() - start.processor) / Double(CLOCKS_PER_SEC)
        let time = (ContinuousClock.now - start.time) / .seconds(1)
        let commands = Double(clients * turns)
        benchmark.measurement(.commandsPerSecond, Int(commands / time))
        benchmark.measurement(.processorTimePerCommand, Int(processorTime / commands * 1e9))
    }

    /// Returns once the command is durable.
    private func run(on store: KeyValueStore, client: Int, turn: Int) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            switch self {
            case .set:
                let key = Array("client:\(client):\(turn % 16)".utf8)
                store.set(Self.bucket, key, to: Self.value) { continuation.resume(with: $0.map { _ in }) }
            case .increment:
                store.increment(Self.bucket, Self.counter, by: .integer(1)) {
                    continuation.resume(with: $0.map { _ in })
                }
            }
        }
    }
}
