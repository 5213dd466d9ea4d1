import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a supervisor, as systemd, waits to hear how its service is (sd_notify(3)).
struct NotifySocket: Sendable {
    enum State: String {
        case ready = "READY=1"
        case stopping = "STOPPING=1"
    }

    private let path: String

    /// Nil where no supervisor waits.
    init?() {
        guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), !path.isEmpty else { return nil }
        self.path = path
    }

    /// - Parameter group: whose thread sends it.
    func send(_ state: State, on group: any EventLoopGroup) async throws {
        let channel = try await DatagramBootstrap(group: group).connect(unixDomainSocketPath: path).get()
        try await channel.writeAndFlush(ByteBuffer(string: state.rawValue))
        try await channel.close()
    }
}
