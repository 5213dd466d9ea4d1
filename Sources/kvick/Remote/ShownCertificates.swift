import NIOCore
import NIOPosix
import NIOSSL

/// The certificates that a server shows to whoever connects, for an error about them: the HTTP client only tells that it
/// does not trust them.
enum ShownCertificates {
    private static let waitMax: TimeAmount = .seconds(5)

    /// The server's own comes first. Nothing is sent but the handshake, which is given up once they are there.
    ///
    /// - Throws: where the server shows none.
    static func of(_ server: ServerURL) async throws -> [NIOSSLCertificate] {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let shown = eventLoop.makePromise(of: [NIOSSLCertificate].self)
        // An address is no name for the server (RFC 6066 §3).
        let name = (try? SocketAddress(ipAddress: server.host, port: server.port)) == nil ? server.host : nil
        let connecting = ClientBootstrap(group: eventLoop).connectTimeout(waitMax)
            .channelInitializer { channel in
                channel.closeFuture.whenComplete { _ in shown.fail(ChannelError.eof) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(
                            context: context, serverHostname: name,
                            customVerificationCallback: { certificates, verdict in
                                shown.succeed(certificates)
                                verdict.succeed(.failed)
                            }))
                }
            }
            .connect(host: server.host, port: server.port)
        connecting.whenFailure { shown.fail($0) }
        let timeout = eventLoop.scheduleTask(in: waitMax) { shown.fail(ChannelError.connectTimeout(waitMax)) }
        shown.futureResult.whenComplete { _ in
            timeout.cancel()
            connecting.whenSuccess { channel in channel.close(promise: nil) }
        }
        return try await shown.futureResult.get()
    }
}
