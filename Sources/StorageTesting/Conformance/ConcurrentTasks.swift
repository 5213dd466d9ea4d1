import Glibc
import Synchronization

/// Work on threads of its own, the first failure of which is kept.
///
/// These are no tasks of a pool, in which readers that never rest could keep the writer they wait for from starting.
final class ConcurrentTasks: Sendable {
    private let threads = Mutex<[pthread_t]>([])
    private let failure = Mutex<(any Error)?>(nil)

    func start(_ body: @escaping @Sendable () throws -> Void) {
        let work = Unmanaged.passRetained(
            Work {
                do {
                    try body()
                } catch {
                    self.keep(error)
                }
            })
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument {
                    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            work.release()
            return keep(ConformanceFailure(message: "no thread could be started: \(String(cString: strerror(result)))"))
        }
        threads.withLock { threads in threads.append(thread) }
    }

    /// Waits for all of it and throws its first failure.
    func wait() throws {
        let started = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in started {
            pthread_join(thread, nil)
        }
        if let failure = failure.withLock({ failure in failure }) { throw failure }
    }

    private func keep(_ error: any Error) {
        failure.withLock { failure in failure = failure ?? error }
    }
}

private final class Work {
    let body: () -> Void

    init(_ body: @escaping () -> Void) {
        self.body = body
    }
}
