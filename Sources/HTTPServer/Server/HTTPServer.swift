import Logging
import NIOCore
import NIOPosix

/// A server of HTTP/1.1 and HTTP/1.0, and over TLS of HTTP/2, that listens on one address and knows nothing of what it
/// serves.
public final class HTTPServer: Sendable {
    private let listener: Listener
    let loops: [NIOLoopBound<EventLoopConnections>]

    /// The address that the server listens on.
    public var localAddress: SocketAddress { listener.localAddress }
    /// The port that the server listens on.
    public var boundPort: Int { listener.boundPort }

    private init(listener: Listener, loops: [NIOLoopBound<EventLoopConnections>]) {
        self.listener = listener
        self.loops = loops
    }

    /// Listens, and serves on all event loops of `group` until `shutdown()`.
    ///
    /// - Throws: `ServerError` if the server can't listen on the address.
    public static func start(
        configuration: ServerConfiguration, handler: some RequestHandler, group: MultiThreadedEventLoopGroup,
        logger: Logger
    ) async throws -> HTTPServer {
        let listener = try await Listener.listen(configuration: configuration, group: group, logger: logger)
        return try await start(on: listener, handler: handler)
    }

    /// Takes the connections of `listener`, which is the server's from then on, on all event loops of its group until
    /// `shutdown()`.
    public static func start(on listener: Listener, handler: some RequestHandler) async throws -> HTTPServer {
        let (configuration, logger) = (listener.configuration, listener.logger)
        let maximum = FileDescriptorLimit.connections(
            of: configuration.maxConnections, limit: FileDescriptorLimit.current)
        if maximum < configuration.maxConnections {
            logger.warning(
                "fewer connections than configured, for want of file descriptors (ulimit -n)",
                metadata: ["connections": "\(maximum)", "configured": "\(configuration.maxConnections)"])
        }
        let limit = ConnectionLimit(maximum: maximum)
        let bodies = BodyMemory(maximum: configuration.maxBufferedBodies)
        var loops: [NIOLoopBound<EventLoopConnections>] = []
        for eventLoop in listener.group.makeIterator() {
            let loop = try await eventLoop.submit {
                let connections = EventLoopConnections(
                    eventLoop: eventLoop, configuration: configuration, handler: handler, limit: limit, bodies: bodies,
                    logger: logger)
                connections.startTimeoutChecks()
                return NIOLoopBound(connections, eventLoop: eventLoop)
            }.get()
            loops.append(loop)
        }
        configuration.traffic.set(loops)
        try await listener.accept(into: loops)
        return HTTPServer(listener: listener, loops: loops)
    }

    /// Stops accepting connections, closes idle ones, ends streams that have no end, answers the requests that are being
    /// handled, and closes what is left after the configuration's grace. Returns once all is closed; may be called again.
    public func shutdown() async {
        await listener.close()
        let drained = loops.map { loop in loop.eventLoop.flatSubmit { loop.value.drain() } }
        for future in drained { try? await future.get() }
        listener.configuration.traffic.set([])
    }
}
