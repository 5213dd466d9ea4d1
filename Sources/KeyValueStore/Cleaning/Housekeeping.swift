import NIOCore
import NIOPosix

/// Runs small things again and again on threads of its own.
final class Housekeeping: Sendable {
    // One for what only looks at memory, one for what may wait for a disk: while a disk hangs, the former must go on.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)

    /// Runs `work` on the thread after the one that the last call named.
    func every(_ interval: TimeAmount, _ work: @escaping @Sendable () -> Void) {
        group.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in work() }
    }

    /// Returns once nothing runs any more.
    func stop() async {
        try? await group.shutdownGracefully()
    }
}
