import Dispatch
import HTTPServer
import Synchronization
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("The threads of scripts")
struct ScriptThreadsTests {
    /// Counts what runs at once, and how much has run.
    private final class Gauge: Sendable {
        private struct State {
            var running = 0
            var most = 0
            var order: [Int] = []
            var refused = 0
        }

        private let state = Mutex(State())

        var most: Int { state.withLock { $0.most } }
        var order: [Int] { state.withLock { $0.order } }
        var refused: Int { state.withLock { $0.refused } }

        func run(_ number: Int, _ body: () -> Void) {
            state.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
                state.order.append(number)
            }
            body()
            state.withLock { $0.running -= 1 }
        }

        func refuse() { state.withLock { $0.refused += 1 } }
    }

    private let gauge = Gauge()

    private func job(
        _ number: Int, _ bucket: UInt64, client: ClientAddress? = nil, _ body: @escaping @Sendable () -> Void = {}
    ) -> ScriptThreads.Job {
        ScriptThreads.Job(bucket: NamespaceID(rawValue: bucket), client: client) { [gauge] _ in
            gauge.run(number, body)
        } refuse: { [gauge] in
            gauge.refuse()
        }
    }

    private func finished(_ count: Int) async -> Bool {
        for _ in 0..<2000 {
            if gauge.order.count == count { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    @Test("After a conflict a bucket's jobs run one after the other, also those that were there before")
    func turns() async {
        let threads = ScriptThreads(numberOfThreads: 4)
        let first = DispatchSemaphore(value: 0)
        for number in 0..<4 {
            #expect(
                threads.submit(
                    job(number, 1) {
                        first.wait(); first.signal()
                    }))
        }
        #expect(await finished(4))
        #expect(gauge.most == 4)
        let gauge = Gauge()
        for number in 4..<40 {
            let job = ScriptThreads.Job(bucket: NamespaceID(rawValue: 1), client: nil) { _ in
                gauge.run(number) { for _ in 0..<1000 { _ = gauge.most } }
            } refuse: {
            }
            #expect(threads.submit(job, number == 4 ? .again : .usual))
        }
        first.signal()
        for _ in 0..<2000 where gauge.order.count < 36 { try? await Task.sleep(for: .milliseconds(5)) }
        #expect(gauge.order == Array(4..<40))
        #expect(gauge.most == 1)
        await threads.shutdown()
    }

    @Test("Buckets take turns, and who manages one goes first")
    func fairness() async {
        let threads = ScriptThreads(numberOfThreads: 1)
        let gate = DispatchSemaphore(value: 0)
        #expect(
            threads.submit(
                job(0, 1) {
                    gate.wait(); gate.signal()
                }))
        #expect(await finished(1))
        for number in 1...3 { #expect(threads.submit(job(number, 1))) }
        for number in 11...12 { #expect(threads.submit(job(number, 2))) }
        #expect(threads.submit(job(99, 1), .management))
        gate.signal()
        #expect(await finished(7))
        #expect(gauge.order.first == 0)
        #expect(gauge.order.firstIndex(of: 99).map { $0 <= 2 } == true)
        #expect(gauge.order.firstIndex(of: 12).map { $0 <= 5 } == true)
        #expect(gauge.order.filter { $0 < 10 } == [0, 1, 2, 3])
        await threads.shutdown()
    }

    @Test("One bucket and one client get half of the places; who runs again or manages is not counted among them")
    func bounds() async {
        let threads = ScriptThreads(numberOfThreads: 1, maxCount: 4)
        let gate = DispatchSemaphore(value: 0)
        let client = ClientAddress(ipv4: 1)
        #expect(
            threads.submit(
                job(0, 1, client: client) {
                    gate.wait(); gate.signal()
                }))
        #expect(threads.submit(job(1, 1, client: client)))
        #expect(!threads.submit(job(2, 1)))
        #expect(!threads.submit(job(3, 2, client: client)))
        #expect(threads.submit(job(4, 2)))
        #expect(threads.submit(job(5, 3)))
        #expect(!threads.submit(job(6, 4)))
        #expect(threads.submit(job(7, 1), .again))
        #expect(threads.submit(job(8, 1), .management))
        gate.signal()
        #expect(await finished(6))
        #expect(threads.submit(job(9, 1, client: client)))
        #expect(await finished(7))
        await threads.shutdown()
        #expect(threads.submit(job(10, 1)))
        #expect(gauge.refused == 1)
    }
}
