import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import HTTPServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A connection to a server that shows the bytes as they come.
final class TestClient: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isEnded = false
        var isReset = false
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let state = Mutex(State())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Self.unwrapInboundIn(data)
            state.withLock { $0.bytes.append(contentsOf: bytes.readableBytesView) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed { state.withLock { $0.isEnded = true } }
        }

        func channelInactive(context: ChannelHandlerContext) {
            state.withLock { $0.isEnded = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            state.withLock { $0.isReset = true }
            context.close(promise: nil)
        }
    }

    /// What is beneath TLS.
    private final class Transport: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer
    }

    let channel: any Channel
    private let collector: Collector

    /// Connects; with `reads` false the client takes nothing until `channel.read()`, and with `tls` it trusts anybody and
    /// offers `protocols`.
    init(_ server: HTTPServer, reads: Bool = true, tls: Bool = false, protocols: [String] = []) async throws {
        let collector = Collector()
        self.collector = collector
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Transport())
                    if tls {
                        var configuration = TLSConfiguration.makeClientConfiguration()
                        configuration.certificateVerification = .none
                        configuration.applicationProtocols = protocols
                        let context = try NIOSSLContext(configuration: configuration)
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(collector)
                }
            }
            .connect(to: server.localAddress).get()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// The certificate that the server showed.
    var certificate: NIOSSLCertificate? {
        get async throws { try await channel.nioSSL_peerCertificate().get() }
    }

    /// What has come so far.
    var text: String { collector.state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var count: Int { collector.state.withLock { $0.bytes.count } }
    /// The server has closed its side or the whole connection.
    var isEnded: Bool { collector.state.withLock { $0.isEnded } }
    /// The connection ended in an error.
    var isReset: Bool { collector.state.withLock { $0.isReset } }

    /// What has come once a condition holds, or at the end of patience.
    func text(until condition: (String) -> Bool) async -> String {
        _ = await eventually { condition(text) }
        return text
    }

    /// All that comes until the server closes.
    func textToEnd() async -> String {
        _ = await eventually { isEnded }
        return text
    }

    /// The answer to a request, once it has a body that ends in `end`.
    func answer(to request: String, endingIn end: String) async throws -> Answer? {
        try await send(request)
        return Answer(await text { $0.hasSuffix(end) })
    }

    /// Ends the connection with a reset, and without a word of TLS.
    func reset() async throws {
        if let options = channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await channel.eventLoop.flatSubmit { [channel] () -> EventLoopFuture<Void> in
            let transport = Result { try channel.pipeline.syncOperations.context(handlerType: Transport.self) }
            return switch transport {
            case .success(let transport): transport.close()
            case .failure: channel.close()
            }
        }.get()
    }

    func close() async throws {
        try? await channel.close().get()
    }
}

extension String {
    func occurrences(of part: String) -> Int {
        var count = 0
        var rest = Array(utf8)[...]
        let part = Array(part.utf8)
        while rest.count >= part.count {
            if rest.starts(with: part) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
