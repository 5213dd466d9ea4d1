import Foundation
import Synchronization
import Testing

/// Runs each job on a thread of its own, so that a test may block without holding back another.
final class BlockingExecutor: TaskExecutor {
    static let shared = BlockingExecutor()

    private struct State {
        var jobs: [UnownedJob] = []
        var idleThreads = 0
    }

    private let state = Mutex(State())
    private let wakeUps = DispatchSemaphore(value: 0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let needsThread = state.withLock { state in
            state.jobs.append(job)
            guard state.idleThreads < state.jobs.count else { return false }
            state.idleThreads += 1
            return true
        }
        // The threads stay until the process ends: a child process is killed with the thread that started it.
        if needsThread { Thread.detachNewThread { self.work() } }
        wakeUps.signal()
    }

    private func work() {
        while true {
            wakeUps.wait()
            let job = state.withLock { state in
                state.idleThreads -= 1
                return state.jobs.removeFirst()
            }
            job.runSynchronously(on: asUnownedTaskExecutor())
            state.withLock { $0.idleThreads += 1 }
        }
    }
}

/// Bounds what runs at the same time, by weight, in the order of coming.
actor TestGate {
    static let shared = TestGate(capacity: 8)

    let capacity: Int
    private var free: Int
    private var waiting: [(weight: Int, continuation: CheckedContinuation<Void, Never>)] = []

    init(capacity: Int) {
        self.capacity = capacity
        free = capacity
    }

    func enter(_ weight: Int) async {
        if waiting.isEmpty, free >= weight {
            free -= weight
            return
        }
        await withCheckedContinuation { waiting.append((weight, $0)) }
    }

    func leave(_ weight: Int) {
        free += weight
        while let first = waiting.first, first.weight <= free {
            free -= first.weight
            waiting.removeFirst().continuation.resume()
        }
    }
}

/// Runs tests on blocking threads, and as many at a time as their weights allow.
struct ServerTest: TestTrait, SuiteTrait, TestScoping {
    let weight: Int
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await TestGate.shared.enter(weight)
        do {
            try await withTaskExecutorPreference(BlockingExecutor.shared) { try await function() }
        } catch {
            await TestGate.shared.leave(weight)
            throw error
        }
        await TestGate.shared.leave(weight)
    }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> ServerTest? {
        test.isSuite || testCase == nil ? nil : self
    }
}

extension Trait where Self == ServerTest {
    /// A test that starts a server and asks little of the machine.
    static var server: Self { ServerTest(weight: 1) }
    /// A test that keeps a core busy.
    static var load: Self { ServerTest(weight: 4) }
    /// A test that measures time, and so runs while no other does.
    static var alone: Self { ServerTest(weight: 8) }
}

/// Runs `body` once for each number below `count`, all at the same time, and returns what they gave, in order.
func concurrently<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        for index in 0..<count {
            group.addTask(executorPreference: BlockingExecutor.shared) { (index, try body(index)) }
        }
        var values: [(Int, Value)] = []
        for try await value in group { values.append(value) }
        return values.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
