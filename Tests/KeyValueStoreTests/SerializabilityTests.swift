import Storage
import StorageTesting
import Synchronization
import Testing

@testable import KeyValueStore

/// What one transaction did and saw, to be done again on a model.
private struct Trace: Sendable {
    enum Operation: Sendable {
        case get(String)
        case list(ListedRange)
        case set(String, String)
        case increment(String)
        case delete(String)

        static func random(isReadOnly: Bool, using generator: inout SeededGenerator) -> Operation {
            let key = "k\(Int.random(in: 0..<8, using: &generator))"
            switch Int.random(in: 0..<(isReadOnly ? 3 : 8), using: &generator) {
            case 0, 1: return .get(key)
            case 2:
                return .list(
                    ListedRange(
                        prefix: "k", after: Bool.random(using: &generator) ? nil : key,
                        reverse: Bool.random(using: &generator), skip: Int.random(in: 0...1, using: &generator),
                        limit: Int.random(in: 1...4, using: &generator), withValues: Bool.random(using: &generator)))
            case 3, 4: return .set(key, String(Int.random(in: 0..<1000, using: &generator)))
            case 5, 6: return .increment(key)
            default: return .delete(key)
            }
        }

        /// What it gives on a model.
        func run(on model: inout [String: String]) -> String {
            switch self {
            case .get(let key): return model[key] ?? "nil"
            case .list(let range): return "\(range.list(model))"
            case .set(let key, let value):
                model[key] = value
                return ""
            case .increment(let key):
                let sum = String((Int(model[key] ?? "0") ?? 0) + 1)
                model[key] = sum
                return sum
            case .delete(let key): return "\(model.removeValue(forKey: key) != nil)"
            }
        }

        func run(on transaction: OptimisticTransaction) throws -> String {
            switch self {
            case .get(let key): return try transaction.get(key) ?? "nil"
            case .list(let range): return "\(try transaction.list(range))"
            case .set(let key, let value):
                try transaction.set(key, value)
                return ""
            case .increment(let key): return try transaction.increment(key)
            case .delete(let key): return "\(try transaction.delete(key))"
            }
        }
    }

    var steps: [(operation: Operation, seen: String)] = []
    /// The newest revision that was on disk when it began.
    var start: Revision
    /// Nil where it wrote nothing.
    var revision: Revision?

    /// Whether it sees the same on a model, on which it leaves what it does.
    func holds(on model: inout [String: String]) -> Bool {
        steps.allSatisfy { $0.operation.run(on: &model) == $0.seen }
    }
}

@Suite("Optimistic transactions that meet")
struct SerializabilityTests {
    private final class Tally: Sendable {
        struct State {
            var traces: [Trace] = []
            var pendingReads = 0
            var conflicts = 0
            /// How many are still at work.
            var clients = 0
        }

        let state = Mutex(State())

        func update(_ body: (inout State) -> Void) {
            state.withLock { body(&$0) }
        }
    }

    private static let clients = 8

    /// Runs random transactions, one after the other, each until it is committed.
    private func run(_ client: Int, on store: TestStore, _ tally: Tally) async throws {
        var generator = SeededGenerator(seed: UInt64(client))
        for number in 0..<60 {
            let marker = "m\(client).\(number)"
            let isReadOnly = Int.random(in: 0..<4, using: &generator) == 0
            let operations = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                Trace.Operation.random(isReadOnly: isReadOnly, using: &generator)
            }
            var trace = Trace(start: store.store.newestDurableRevision)
            while true {
                trace = Trace(start: store.store.newestDurableRevision)
                let transaction = try store.begin()
                for operation in operations {
                    trace.steps.append((operation, try operation.run(on: transaction)))
                    await Task.yield()
                }
                if !isReadOnly { try transaction.set(marker, "") }
                let isPending = !transaction.reads.commits.isEmpty
                let failure = await transaction.commit()
                tally.update {
                    $0.pendingReads += isPending && failure == nil ? 1 : 0
                    $0.conflicts += failure == .conflict ? 1 : 0
                }
                guard failure == .conflict else {
                    #expect(failure == nil)
                    break
                }
            }
            if !isReadOnly { trace.revision = try store.revision(marker) }
            tally.update { $0.traces.append(trace) }
        }
    }

    /// Changes keys with no transaction, as those do who know nothing of them.
    private func runPlain(on store: TestStore, _ tally: Tally) async throws {
        var generator = SeededGenerator(seed: 99)
        for number in 0..<100 {
            var trace = Trace(start: .zero)
            let operation = Trace.Operation.random(isReadOnly: false, using: &generator)
            switch operation {
            case .set(let key, let value):
                trace.revision = try await store.set(key, value)
                trace.steps = [(operation, "")]
            case .increment(let key):
                let results = try await store.run([.incr(key, 1), .set("p\(number)", "")])
                trace.revision = try store.revision("p\(number)")
                trace.steps = [(operation, String(results[0].prefix { $0 != " " }))]
            default:
                continue
            }
            tally.update { $0.traces.append(trace) }
        }
    }

    @Test("Whatever meets, all is as if one had come after the other", .timeLimit(.minutes(2)))
    func serializability() async throws {
        let store = try await TestStore.make()
        let tally = Tally()
        tally.update { $0.clients = Self.clients + 1 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<Self.clients {
                group.addTask {
                    defer { tally.update { $0.clients -= 1 } }
                    try await run(client, on: store, tally)
                }
            }
            group.addTask {
                defer { tally.update { $0.clients -= 1 } }
                try await runPlain(on: store, tally)
            }
            group.addTask {
                // A disk that takes its time, so that groups gather.
                while tally.state.withLock({ $0.clients }) > 0 {
                    store.engine.holdWrites()
                    for _ in 0..<20 { await Task.yield() }
                    store.engine.releaseWrites()
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        let (traces, pendingReads, conflicts) = tally.state.withLock { ($0.traces, $0.pendingReads, $0.conflicts) }
        // It would prove little if they had never met.
        #expect(pendingReads > 20)
        #expect(conflicts > 20)

        var model: [String: String] = [:]
        var states: [(revision: Revision, model: [String: String])] = [(.zero, model)]
        let writing = traces.compactMap { trace in trace.revision.map { (revision: $0, trace: trace) } }
        for (revision, trace) in writing.sorted(by: { $0.revision < $1.revision }) {
            #expect(trace.holds(on: &model), "\(revision): \(trace.steps)")
            states.append((revision, model))
        }
        for trace in traces where trace.revision == nil {
            // What only reads sees one moment, and none before it began.
            let first = states.lastIndex { $0.revision <= trace.start } ?? 0
            #expect(
                states[first...].contains { state in
                    var model = state.model
                    return trace.holds(on: &model)
                }, "\(trace.steps)")
        }
        #expect(
            try store.begin().list(ListedRange(prefix: "k", withValues: true))
                == ListedRange(prefix: "k", withValues: true).list(model))
        await store.store.close()
    }

    @Test("A counter that many increment at once loses nothing", .timeLimit(.minutes(2)))
    func hotCounter() async throws {
        let store = try await TestStore.make()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<100 { try await increment(store) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.get("n") == "800")
        await store.store.close()
    }

    /// Increments `n`, however often that has to be tried.
    private func increment(_ store: TestStore) async throws {
        while true {
            let transaction = try store.begin()
            try transaction.increment("n")
            guard let failure = await transaction.commit() else { return }
            guard failure == .conflict else { throw failure }
        }
    }
}
