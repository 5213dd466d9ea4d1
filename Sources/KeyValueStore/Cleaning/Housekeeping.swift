import NIOCore
import NIOPosix

/// Runs small things again and again on a thread of its own.
final class Housekeeping: Sendable {
    /// What is run, and how long after its last end.
    struct Chore: Sendable {
        let interval: TimeAmount
        let work: @Sendable () -> Void
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(_ chores: [Chore]) {
        for chore in chores {
            group.next().scheduleRepeatedTask(initialDelay: chore.interval, delay: chore.interval) { _ in chore.work() }
        }
    }

    convenience init(every interval: TimeAmount, _ work: @escaping @Sendable () -> Void) {
        self.init([Chore(interval: interval, work: work)])
    }

    /// Returns once nothing runs any more.
    func stop() async {
        try? await group.shutdownGracefully()
    }
}
