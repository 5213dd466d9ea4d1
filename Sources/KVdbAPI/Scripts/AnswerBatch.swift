import HTTPServer
import NIOCore

/// Answers that a thread has made and that go to their event loops together: to wake one for each costs more than a short
/// script takes.
final class AnswerBatch {
    private var answers: [(promise: EventLoopPromise<Response>, response: Response)] = []

    /// How many may wait for each other.
    static let countMax = 32

    var isFull: Bool { answers.count >= Self.countMax }

    func add(_ response: Response, to promise: EventLoopPromise<Response>) {
        answers.append((promise, response))
    }

    func send() {
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
