import ArgumentParser
import Dispatch
import Logging
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// SIGTERM or SIGINT, caught from the beginning on.
///
/// After the first one the process has 10 seconds to stop; a second one, a second later or more, ends it at once. Nothing acknowledged is lost by that.
struct StopSignal: Sendable {
    private let stops: AsyncStream<UnixSignal>

    /// For a command, which is no server and logs nothing.
    init() async {
        await self.init(Logger(label: "kvick") { _ in SwiftLogNoOpLogHandler() })
    }

    init(_ logger: Logger) async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let (stops, continuation) = AsyncStream.makeStream(of: UnixSignal.self)
        self.stops = stops
        Task.detached {
            var first: ContinuousClock.Instant?
            for await signal in signals {
                if let first {
                    // A terminal and a supervisor may both pass the same wish on.
                    guard ContinuousClock.now - first > .seconds(1) else { continue }
                    logger.warning("not waiting any longer", metadata: ["signal": "\(signal)"])
                    _exit(1)
                }
                first = .now
                logger.info("stopping", metadata: ["signal": "\(signal)"])
                Self.endProcessIfStuck(logger)
                continuation.yield(signal)
            }
        }
    }

    /// Returns once the first signal has come. Called once.
    @discardableResult
    func wait() async -> UnixSignal? {
        var iterator = stops.makeAsyncIterator()
        return await iterator.next()
    }

    /// Calls `body` in a task that is cancelled once the first signal has come, and then may clean up. Called once, in the place of `wait`.
    ///
    /// `body` may block, for it has a thread of its own.
    ///
    /// - Throws: what `body` throws; where that is for the signal, the exit code that a shell tells of one.
    func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let work = Task(executorPreference: BlockingExecutor.shared) { try await body() }
        let watch = Task {
            let signal = await wait()
            if signal != nil { work.cancel() }
            return signal
        }
        do {
            try await work.value
            watch.cancel()
        } catch {
            guard work.isCancelled, let signal = await watch.value else {
                watch.cancel()
                throw error
            }
            let rest = (error as? Interruption).map { "; \($0.done)" } ?? ""
            StandardError.print("kvick: stopped by a signal\(rest)\n")
            throw ExitCode(128 + signal.rawValue)
        }
    }

    /// Ends the process where stopping takes too long, as with a disk that hangs.
    private static func endProcessIfStuck(_ logger: Logger) {
        Task.detached {
            try await Task.sleep(for: .milliseconds(9500))
            logger.critical("stopping took nearly 10 seconds; the process ends now")
            _exit(1)
        }
    }
}

/// What a command that is stopped by a signal has done until then.
struct Interruption: Error {
    let done: String
}

/// Runs a task on a thread of its own, so that nothing else waits while it blocks.
private final class BlockingExecutor: TaskExecutor {
    static let shared = BlockingExecutor()

    private let queue = DispatchQueue(label: "blocking")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
