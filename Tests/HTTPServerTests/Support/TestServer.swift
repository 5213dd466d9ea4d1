import Logging
import NIOCore
import NIOPosix
import Testing

@testable import HTTPServer

/// Runs `body` with a server on a free port of 127.0.0.1.
func withServer(
    _ handler: TestHandler = TestHandler(), configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (HTTPServer) async throws -> Void
) async throws {
    var configuration = ServerConfiguration()
    configuration.shutdownGrace = .milliseconds(300)
    configure(&configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = try await HTTPServer.start(
        configuration: configuration, handler: handler, group: group, logger: logger)
    do {
        try await body(server)
    } catch {
        await server.shutdown()
        try await group.shutdownGracefully()
        throw error
    }
    await server.shutdown()
    try await group.shutdownGracefully()
}

extension HTTPServer {
    /// What was counted on all event loops.
    var statistics: TrafficStatistics {
        get async throws {
            let loop = try #require(loops.first)
            return try await loop.eventLoop.flatSubmit { loop.value.traffic.statistics(on: loop.eventLoop) }.get()
        }
    }

    /// What counts the bodies of all connections.
    var bodies: BodyMemory {
        get async throws {
            let loop = try #require(loops.first)
            return try await loop.eventLoop.submit { loop.value.bodies }.get()
        }
    }
}

/// Waits until a condition holds; false if it does not for so long that no busy machine explains it.
func eventually(within limit: Duration = .seconds(30), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(3))
    }
    return try await condition()
}
