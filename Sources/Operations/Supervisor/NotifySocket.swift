import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a supervisor, as systemd, waits to hear how its service is (`NOTIFY_SOCKET` in sd_notify(3)).
public struct NotifySocket: Sendable {
    public enum State: String, Sendable {
        case ready = "READY=1"
        case stopping = "STOPPING=1"
    }

    /// A path, or `@` and the name of an abstract socket.
    private let name: String

    /// Nil where no supervisor waits.
    public init?() {
        guard let name = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), !name.isEmpty else { return nil }
        self.name = name
    }

    /// Never blocks.
    ///
    /// - Throws: what the system says; `EAGAIN` where the supervisor has not taken yet what it was told before.
    public func send(_ state: State) throws(IOError) {
        var (address, length) = try address()
        let descriptor = socket(AF_UNIX, Self.datagram, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: name) }
        defer { close(descriptor) }
        let message = Array(state.rawValue.utf8)
        let count = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, CInt(MSG_DONTWAIT), $0, length)
            }
        }
        guard count == message.count else { throw IOError(errnoCode: errno, reason: name) }
    }

    /// With its length, which tells the end of an abstract socket's name: the zero before it takes the place of `@` (unix(7)).
    private func address() throws(IOError) -> (address: sockaddr_un, length: socklen_t) {
        var bytes = Array(name.utf8)
        switch bytes.first {
        case UInt8(ascii: "/"): bytes.append(0)
        case UInt8(ascii: "@"): bytes[0] = 0
        default: throw IOError(errnoCode: EAFNOSUPPORT, reason: name)
        }
        var address = sockaddr_un()
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count <= room else { throw IOError(errnoCode: ENAMETOOLONG, reason: name) }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return (address, socklen_t(MemoryLayout<sockaddr_un>.size - room + bytes.count))
    }

    #if canImport(Glibc)
        private static let datagram = CInt(SOCK_DGRAM.rawValue)
    #else
        private static let datagram = SOCK_DGRAM
    #endif
}
