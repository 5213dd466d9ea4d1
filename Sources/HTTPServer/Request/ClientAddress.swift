import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address of a client, without its port; it needs no allocation.
public struct ClientAddress: Hashable, Sendable {
    private enum Family: Hashable {
        case ipv4
        case ipv6
    }

    private let family: Family
    /// The bytes in network order, an IPv4 address in the low four.
    private let high: UInt64
    private let low: UInt64

    private init(family: Family, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    /// An IPv4 address, its first byte the highest.
    public init(ipv4 address: UInt32) {
        self.init(family: .ipv4, high: 0, low: UInt64(address))
    }

    /// An IPv6 address, its first byte the highest of `high`.
    public init(ipv6High high: UInt64, low: UInt64) {
        self.init(family: .ipv6, high: high, low: low)
    }

    /// Nil for a Unix domain socket.
    public init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address):
            self.init(ipv4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            var bytes = address.address.sin6_addr
            self = withUnsafeBytes(of: &bytes) { bytes in
                ClientAddress(
                    ipv6High: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
        case .unixDomainSocket:
            return nil
        }
    }

    /// The address that stands for the client where requests are counted: the /64 of an IPv6 address, since a client
    /// has all of it, and the IPv4 address of one mapped into IPv6 (RFC 4291 §2.5.5.2).
    public var rateLimitKey: ClientAddress {
        switch family {
        case .ipv4: self
        case .ipv6 where high == 0 && low >> 32 == 0xFFFF: ClientAddress(ipv4: UInt32(truncatingIfNeeded: low))
        case .ipv6: ClientAddress(ipv6High: high, low: 0)
        }
    }
}

extension ClientAddress: CustomStringConvertible {
    /// The usual notation; RFC 5952 for IPv6.
    public var description: String {
        switch family {
        case .ipv4:
            return "\(low >> 24 & 0xFF).\(low >> 16 & 0xFF).\(low >> 8 & 0xFF).\(low & 0xFF)"
        case .ipv6:
            var address = in6_addr()
            withUnsafeMutableBytes(of: &address) { bytes in
                bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
                guard let start = text.baseAddress,
                    inet_ntop(AF_INET6, &address, start, socklen_t(INET6_ADDRSTRLEN)) != nil
                else { return "::" }
                return String(cString: start)
            }
        }
    }
}
