import ArgumentParser
import Dispatch
import Logging
import NIOPosix
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
    /// Of their own, one for the time that stopping may take and one for a second signal.
    private static let threads = NIOThreadPool(numberOfThreads: 2)

    /// For a command, which is no server and logs nothing.
    init() async {
        await self.init(Logger(label: "kvick") { _ in SwiftLogNoOpLogHandler() })
    }

    /// - Parameter logger: must not block.
    init(_ logger: Logger) async {
        Self.threads.start()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let (stops, continuation) = AsyncStream.makeStream(of: UnixSignal.self)
        self.stops = stops
        Task.detached {
            var first: ContinuousClock.Instant?
            for await signal in signals {
                if let first {
                    // A terminal and a supervisor may both pass the same wish on.
                    guard ContinuousClock.now - first > .seconds(1) else { continue }
                    Self.threads.submit { _ in
                        Self.endProcess {
                            logger.warning("not waiting any longer", metadata: ["signal": "\(signal)"])
                        }
                    }
                    return
                }
                first = .now
                // Before anything that may have to wait for somebody.
                Self.endProcessIfStuck(logger)
                continuation.yield(signal)
                logger.info("stopping", metadata: ["signal": "\(signal)"])
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

    /// Ends the process where stopping takes too long, as with a disk that hangs, or with all threads of tasks held up.
    private static func endProcessIfStuck(_ logger: Logger) {
        threads.submit { _ in
            usleep(9_500_000)
            endProcess { logger.critical("stopping took nearly 10 seconds; the process ends now") }
        }
    }

    /// Ends the process in a moment, so that the last word, which waits for nobody, can be read.
    private static func endProcess(saying lastWord: () -> Void) -> Never {
        lastWord()
        usleep(200_000)
        _exit(1)
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
