import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A failure to start a server.
public struct ServerError: Error, Hashable, Sendable {
    /// What kind of failure it is, for a program to act on; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case addressInUse, invalidAddress, permissionDenied, failed
        }

        private let value: Value

        /// Another process listens on the port.
        public static let addressInUse = Code(value: .addressInUse)
        /// The host is not a name or address of this machine, or the port is not one.
        public static let invalidAddress = Code(value: .invalidAddress)
        /// This user may not listen on the port.
        public static let permissionDenied = Code(value: .permissionDenied)
        /// Any other failure.
        public static let failed = Code(value: .failed)

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// One line that names the address and what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ServerError {
    /// Puts what the system said about listening on an address in words.
    init(listeningOn host: String, _ port: Int, failed error: any Error) {
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            self.init(.addressInUse, "\(address) is in use by another process; stop it or choose another port.")
        case EACCES, EPERM:
            self.init(.permissionDenied, "No permission to listen on \(address); choose a port of 1024 or more.")
        case EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL:
            self.init(.invalidAddress, "\(host) is not an address of this machine; choose one that is, or 0.0.0.0.")
        default:
            if error is SocketAddressError || error is SocketAddressError.UnknownHost {
                self.init(.invalidAddress, "\"\(host)\" is neither an address nor a known name; choose another host.")
            } else {
                self.init(.failed, "Can't listen on \(address): \(error)")
            }
        }
    }
}

extension ServerError: CustomStringConvertible {
    public var description: String { message }
}
