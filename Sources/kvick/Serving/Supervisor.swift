import Logging
import NIOCore
import Operations

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Who started the server and waits to hear how it is, if anybody does. Clients come first: nobody waits for a supervisor, and one that
/// can't be told ends no server.
struct Supervisor: Sendable {
    private let socket = NotifySocket()
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Tries again while the supervisor takes nothing, which may wait for this word forever, until the task is cancelled.
    func tellReady() async {
        guard var failure = send(.ready) else { return }
        warn(.ready, failure)
        while failure.errnoCode == EAGAIN, (try? await Task.sleep(for: .milliseconds(100))) != nil {
            guard let next = send(.ready) else { return logger.notice("the supervisor was told READY=1") }
            failure = next
        }
    }

    func tellStopping() {
        if let failure = send(.stopping) { warn(.stopping, failure) }
    }

    /// - Returns: why it was not told; nil where it was, or there is none.
    private func send(_ state: NotifySocket.State) -> IOError? {
        do throws(IOError) {
            try socket?.send(state)
            return nil
        } catch {
            return error
        }
    }

    private func warn(_ state: NotifySocket.State, _ failure: IOError) {
        logger.warning("the supervisor was not told \(state.rawValue)", metadata: ["error": "\(failure)"])
    }
}
