import HTTPServer
import NIOCore

/// What a thread has made of several runs of one bucket: answers, which go to their event loops together, and commits, which
/// the writer is woken for together. To wake another thread for each costs more than a short script takes.
final class RunBatch {
    private var answers: [(promise: EventLoopPromise<Response>, response: Response)] = []

    private var wakeWriter: (() -> Void)?
    private var count = 0
    private var start = ContinuousClock.now

    /// How many may wait for each other, and for how long before another run begins.
    private static let countMax = 32
    private static let ageMax = Duration.milliseconds(1)

    var isDue: Bool { count >= Self.countMax || (count > 0 && .now - start >= Self.ageMax) }

    private func countOne() {
        if count == 0 { start = .now }
        count += 1
    }

    /// Notes a commit that waits for the writer to be woken.
    func addCommit(_ wakeWriter: @escaping () -> Void) {
        countOne()
        self.wakeWriter = wakeWriter
    }

    func add(_ response: Response, to promise: EventLoopPromise<Response>) {
        countOne()
        answers.append((promise, response))
    }

    func send() {
        count = 0
        wakeWriter?()
        wakeWriter = nil
        guard !answers.isEmpty else { return }
        let loops = Dictionary(grouping: answers) { ObjectIdentifier($0.promise.futureResult.eventLoop) }
        answers.removeAll(keepingCapacity: true)
        for answers in loops.values {
            answers.first?.promise.futureResult.eventLoop.execute {
                for (promise, response) in answers { promise.succeed(response) }
            }
        }
    }
}
