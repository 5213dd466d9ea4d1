import HTTPServer
import KeyValueStore
import Logging
import NIOPosix

/// Looks whether a server could start, as it does itself when it starts, but takes nothing that a running one has.
struct ServerCheck {
    let settings: ServerSettings

    /// What is wrong, a line each.
    func faults() async -> [String] {
        let checks: [() async throws -> Void] = [
            { _ = try settings.tls?.load() },
            { try StoreDirectory.check(settings.dataPath) },
            { try await listen() },
        ]
        var faults: [String] = []
        for check in checks {
            do {
                try await check()
            } catch {
                faults.append("\(error)")
            }
        }
        return faults
    }

    private func listen() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<Void, any Error>
        do {
            let configuration = ServerConfiguration(host: settings.host, port: settings.port)
            let logger = Logger(label: "kvick") { _ in SwiftLogNoOpLogHandler() }
            try await Listener.listen(configuration: configuration, group: group, logger: logger).close()
            result = .success(())
        } catch let error as ServerError where error.code == .addressInUse {
            // As far as can be told by the server that is to be restarted.
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try? await group.shutdownGracefully()
        try result.get()
    }
}
