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
    private let stops: AsyncStream<Void>

    init(_ logger: Logger) async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let (stops, continuation) = AsyncStream.makeStream(of: Void.self)
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
                continuation.yield()
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

    /// Ends the process where stopping takes too long, as with a disk that hangs.
    private static func endProcessIfStuck(_ logger: Logger) {
        Task.detached {
            try await Task.sleep(for: .milliseconds(9500))
            logger.critical("stopping took nearly 10 seconds; the process ends now")
            _exit(1)
        }
    }
}
