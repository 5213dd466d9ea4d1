import ArgumentParser
import Dispatch
import Logging
import NIOPosix
import Synchronization
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
/// After the first one, and the delay behind it, the process has 10 seconds to stop; before a server serves there is no delay. A second
/// one, a second later or more, ends the delay, or else the process at once. Nothing acknowledged is lost by that.
struct StopSignal: Sendable {
    private let stops: AsyncStream<UnixSignal>
    private let ends: AsyncStream<Void>
    private let pause: Pause
    /// Of their own, one for the times that the delay and stopping may take and one for a second signal.
    private static let threads = NIOThreadPool(numberOfThreads: 2)

    /// For a command, which is no server and logs nothing.
    init() async {
        await self.init(Logger(label: "kvick") { _ in SwiftLogNoOpLogHandler() })
    }

    /// - Parameters:
    ///   - logger: must not block.
    ///   - delay: how long `delay` waits behind the first signal, where that comes behind `beginServing`.
    init(_ logger: Logger, delay: Duration = .zero) async {
        Self.threads.start()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let (stops, stop) = AsyncStream.makeStream(of: UnixSignal.self)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        (self.stops, self.ends) = (stops, ends)
        let pause = Pause(delay)
        self.pause = pause
        Task.detached {
            var last: ContinuousClock.Instant?
            for await signal in signals {
                // A terminal and a supervisor may both pass the same wish on.
                if let last, ContinuousClock.now - last <= .seconds(1) { continue }
                let isFirst = last == nil
                last = .now
                if isFirst {
                    let isDelayed = pause.begin()
                    // Before anything that may have to wait for somebody.
                    Self.endProcessIfStuck(after: pause, end, logger)
                    stop.yield(signal)
                    logger.info("stopping", metadata: Self.metadata(signal, isDelayed ? delay : .zero))
                } else if pause.end() {
                    logger.info("stopping without further delay", metadata: Self.metadata(signal))
                } else {
                    Self.threads.submit { _ in
                        Self.endProcess { logger.warning("not waiting any longer", metadata: Self.metadata(signal)) }
                    }
                    return
                }
            }
        }
    }

    private static func metadata(_ signal: UnixSignal, _ delay: Duration = .zero) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["signal": "\(signal)"]
        if delay > .zero { metadata["delay"] = "\(delay.settingText)" }
        return metadata
    }

    /// Has a signal from now on followed by the delay.
    ///
    /// - Returns: false where one has come before.
    func beginServing() -> Bool { pause.allow() }

    /// Returns once the first signal has come. Called once.
    @discardableResult
    func wait() async -> UnixSignal? {
        var iterator = stops.makeAsyncIterator()
        return await iterator.next()
    }

    /// Returns once the delay behind the first signal is over. Called once, behind `wait`.
    func delay() async {
        var iterator = ends.makeAsyncIterator()
        await iterator.next()
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
    ///
    /// - Parameter end: told when `pause` is over, behind which the time counts.
    private static func endProcessIfStuck(
        after pause: Pause, _ end: AsyncStream<Void>.Continuation, _ logger: Logger
    ) {
        threads.submit { _ in
            pause.wait()
            end.yield()
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

/// A time that passes once, as soon as it is allowed and begun, and may be ended before. Safe to use from any thread.
private final class Pause: Sendable {
    private enum State {
        case notAllowed
        case allowed
        case passing
        case over
    }

    private let length: Duration
    private let state = Mutex(State.notAllowed)
    private let isEnded = DispatchSemaphore(value: 0)

    init(_ length: Duration) {
        self.length = length
    }

    /// - Returns: false where it is too late, for it was begun.
    func allow() -> Bool {
        state.withLock { state in
            guard state == .notAllowed else { return false }
            state = .allowed
            return true
        }
    }

    /// - Returns: false where it is over at once, for there is none, or it was not allowed.
    func begin() -> Bool {
        state.withLock { state in
            state = state == .allowed && length > .zero ? .passing : .over
            return state == .passing
        }
    }

    /// Blocks until the time has passed, or was ended. Called behind `begin`.
    func wait() {
        guard state.withLock({ $0 == .passing }) else { return }
        _ = isEnded.wait(timeout: .now() + .milliseconds(Int(length / .milliseconds(1))))
        state.withLock { $0 = .over }
    }

    /// - Returns: false where it was over before.
    func end() -> Bool {
        let ends = state.withLock { state in
            defer { state = .over }
            return state == .passing
        }
        if ends { isEnded.signal() }
        return ends
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
