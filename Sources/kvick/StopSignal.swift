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
    private let stops: AsyncStream<Void>
    /// Of their own, one for the time that stopping may take and one for a second signal.
    private static let threads = NIOThreadPool(numberOfThreads: 2)

    /// - Parameter logger: must not block.
    init(_ logger: Logger) async {
        Self.threads.start()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let (stops, continuation) = AsyncStream.makeStream(of: Void.self)
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
                continuation.yield()
                logger.info("stopping", metadata: ["signal": "\(signal)"])
            }
        }
    }

    /// Returns once the first signal has come. Called once.
    func wait() async {
        var iterator = stops.makeAsyncIterator()
        await iterator.next()
    }

    /// Calls `body` in a task that is cancelled once the first signal has come. Called once, in the place of `wait`.
    func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let work = Task { try await body() }
        let watch = Task {
            await wait()
            work.cancel()
        }
        defer { watch.cancel() }
        try await work.value
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
