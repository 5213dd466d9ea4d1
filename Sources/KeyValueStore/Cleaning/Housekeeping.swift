import NIOCore
import NIOPosix

/// Runs something small again and again on a thread of its own.
final class Housekeeping: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(every interval: TimeAmount, _ work: @escaping @Sendable () -> Void) {
        group.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in work() }
    }

    /// Returns once nothing runs any more.
    func stop() async {
        try? await group.shutdownGracefully()
    }
}
