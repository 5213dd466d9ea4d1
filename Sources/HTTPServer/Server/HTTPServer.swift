import Logging
import NIOCore
import NIOPosix

/// A server of HTTP/1.1 and HTTP/1.0 that listens on one address and knows nothing of what it serves.
public final class HTTPServer<Handler: RequestHandler>: Sendable {
    public let handler: Handler
    /// The address that the server listens on.
    public let localAddress: SocketAddress
    private let channel: any Channel
    private let loops: [NIOLoopBound<EventLoopConnections>]
    private let logger: Logger

    /// The port that the server listens on.
    public var boundPort: Int { localAddress.port ?? 0 }

    private init(
        handler: Handler, localAddress: SocketAddress, channel: any Channel,
        loops: [NIOLoopBound<EventLoopConnections>], logger: Logger
    ) {
        self.handler = handler
        self.localAddress = localAddress
        self.channel = channel
        self.loops = loops
        self.logger = logger
    }

    /// Listens, and serves on all event loops of `group` until `shutdown()`.
    ///
    /// - Throws: `ServerError` if the server can't listen on the address.
    public static func start(
        configuration: ServerConfiguration, handler: Handler, group: MultiThreadedEventLoopGroup, logger: Logger
    ) async throws -> HTTPServer {
        guard (0...65535).contains(configuration.port) else {
            throw ServerError(.invalidAddress, "\(configuration.port) is not a port; use one of 0 to 65535.")
        }
        let maximum = FileDescriptorLimit.connections(
            of: configuration.maxConnections, limit: FileDescriptorLimit.current)
        if maximum < configuration.maxConnections {
            logger.warning(
                "fewer connections than configured, for want of file descriptors (ulimit -n)",
                metadata: ["connections": "\(maximum)", "configured": "\(configuration.maxConnections)"])
        }
        let limit = ConnectionLimit(maximum: maximum)
        var loops: [NIOLoopBound<EventLoopConnections>] = []
        for eventLoop in group.makeIterator() {
            let loop = try await eventLoop.submit {
                let connections = EventLoopConnections(
                    eventLoop: eventLoop, configuration: configuration, handler: handler, limit: limit, logger: logger)
                connections.startTimeoutChecks()
                return NIOLoopBound(connections, eventLoop: eventLoop)
            }.get()
            loops.append(loop)
        }
        do {
            let channel = try await bootstrap(group, configuration, loops, logger)
                .bind(host: configuration.host, port: configuration.port).get()
            guard let localAddress = channel.localAddress else {
                throw ServerError(.failed, "The system names no address for \(configuration.host).")
            }
            return HTTPServer(
                handler: handler, localAddress: localAddress, channel: channel, loops: loops, logger: logger)
        } catch {
            await drain(loops)
            throw ServerError(listeningOn: configuration.host, configuration.port, failed: error)
        }
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ configuration: ServerConfiguration,
        _ loops: [NIOLoopBound<EventLoopConnections>], _ logger: Logger
    ) -> ServerBootstrap {
        let byLoop = Dictionary(loops.map { (ObjectIdentifier($0.eventLoop), $0) }) { first, _ in first }
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Out of file descriptors, the server goes on with the connections that it has.
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoff(logger: logger))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 32 * 1024, high: 64 * 1024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = byLoop[ObjectIdentifier(channel.eventLoop)] else {
                        throw ChannelError.ioOnClosedChannel
                    }
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(shared: loop.value))
                }
            }
    }

    /// Stops accepting connections, closes idle ones, answers the requests that are being handled, and closes what is
    /// left after the configuration's grace. Returns once all is closed; may be called again.
    public func shutdown() async {
        // A failure means that it is closed already.
        try? await channel.close().get()
        await HTTPServer.drain(loops)
    }

    private static func drain(_ loops: [NIOLoopBound<EventLoopConnections>]) async {
        let drained = loops.map { loop in loop.eventLoop.flatSubmit { loop.value.drain() } }
        for future in drained { try? await future.get() }
    }
}
