import Logging
import NIOCore
import NIOPosix
import Synchronization

/// An address that is listened on; its connections wait in the system's queue until a server takes them.
///
/// It lets a program find out that its address can be had before it opens what it serves.
public final class Listener: Sendable {
    /// The address that is listened on.
    public let localAddress: SocketAddress
    let configuration: ServerConfiguration
    let group: MultiThreadedEventLoopGroup
    let logger: Logger
    let channel: any Channel
    private let connections: ConnectionsByLoop

    /// The port that is listened on.
    public var boundPort: Int { localAddress.port ?? 0 }

    private init(
        _ configuration: ServerConfiguration, _ group: MultiThreadedEventLoopGroup, _ logger: Logger,
        _ channel: any Channel, _ connections: ConnectionsByLoop
    ) throws {
        guard let localAddress = channel.localAddress else {
            throw ServerError(.failed, "The system names no address for \(configuration.host).")
        }
        self.localAddress = localAddress
        self.configuration = configuration
        self.group = group
        self.logger = logger
        self.channel = channel
        self.connections = connections
    }

    /// Listens on the configuration's address.
    ///
    /// - Throws: `ServerError` if that can't be had.
    public static func listen(
        configuration: ServerConfiguration, group: MultiThreadedEventLoopGroup, logger: Logger
    ) async throws -> Listener {
        guard (0...65535).contains(configuration.port) else {
            throw ServerError(.invalidAddress, "\(configuration.port) is not a port; use one of 0 to 65535.")
        }
        do {
            let connections = ConnectionsByLoop()
            let channel = try await bootstrap(group, configuration, connections, logger)
                .bind(host: configuration.host, port: configuration.port).get()
            return try Listener(configuration, group, logger, channel, connections)
        } catch {
            throw ServerError(listeningOn: configuration.host, configuration.port, failed: error)
        }
    }

    /// Gives the address back. Does nothing where that was done before.
    public func close() async {
        // A failure means that it is closed already.
        try? await channel.close().get()
    }

    /// Begins to take connections, each into those of its event loop.
    func accept(into loops: [NIOLoopBound<EventLoopConnections>]) async throws {
        connections.set(loops)
        try await channel.setOption(.autoRead, value: true).get()
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ configuration: ServerConfiguration, _ connections: ConnectionsByLoop,
        _ logger: Logger
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.autoRead, value: false)
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
                    guard let loop = connections[channel.eventLoop] else { throw ChannelError.ioOnClosedChannel }
                    if let tls = configuration.tls {
                        try TLSConnection.begin(on: channel, tls, loop.value)
                    } else {
                        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(shared: loop.value))
                    }
                }
            }
    }
}

/// Where the connections of each event loop are kept, once there is a server for them.
private final class ConnectionsByLoop: Sendable {
    private let byLoop = Mutex<[ObjectIdentifier: NIOLoopBound<EventLoopConnections>]>([:])

    func set(_ loops: [NIOLoopBound<EventLoopConnections>]) {
        byLoop.withLock { byLoop in
            for loop in loops { byLoop[ObjectIdentifier(loop.eventLoop)] = loop }
        }
    }

    subscript(eventLoop: any EventLoop) -> NIOLoopBound<EventLoopConnections>? {
        byLoop.withLock { $0[ObjectIdentifier(eventLoop)] }
    }
}
