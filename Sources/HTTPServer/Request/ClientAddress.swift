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

    /// An address in the notation of IPv4 (four decimal numbers) or of IPv6 (RFC 4291 §2.2), without a zone; nil for anything else.
    public init?(_ text: some Sequence<UInt8>) {
        // As C takes it: with a zero behind the last character.
        let parsed = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.textSizeMax + 1) { characters in
            var count = 0
            for byte in text {
                guard count < Self.textSizeMax, byte != 0 else { return nil as ClientAddress? }
                characters[count] = CChar(bitPattern: byte)
                count += 1
            }
            characters[count] = 0
            return ClientAddress(characters: characters)
        }
        guard let parsed else { return nil }
        self = parsed
    }

    /// That of the longest address in text.
    private static let textSizeMax = 45

    private init?(characters: UnsafeMutableBufferPointer<CChar>) {
        guard let start = characters.baseAddress else { return nil }
        var ipv4 = in_addr()
        var ipv6 = in6_addr()
        if inet_pton(AF_INET, start, &ipv4) == 1 {
            self.init(ipv4: UInt32(bigEndian: ipv4.s_addr))
        } else if inet_pton(AF_INET6, start, &ipv6) == 1 {
            self.init(ipv6)
        } else {
            return nil
        }
    }

    private init(_ address: in6_addr) {
        self = withUnsafeBytes(of: address) { bytes in
            ClientAddress(
                ipv6High: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

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
            self.init(address.address.sin6_addr)
        case .unixDomainSocket:
            return nil
        }
    }

    /// The address that stands for the client where requests are counted: the /64 of an IPv6 address, since a client
    /// has all of it, and the IPv4 address of one mapped into IPv6 (RFC 4291 §2.5.5.2).
    public var rateLimitKey: ClientAddress {
        let address = unmapped
        return switch address.family {
        case .ipv4: address
        case .ipv6: ClientAddress(ipv6High: high, low: 0)
        }
    }

    /// The IPv4 address of one mapped into IPv6, which is how a socket that takes both tells it.
    var unmapped: ClientAddress {
        guard family == .ipv6, high == 0, low >> 32 == 0xFFFF else { return self }
        return ClientAddress(ipv4: UInt32(truncatingIfNeeded: low))
    }
}

extension ClientAddress {
    var bitWidth: Int { family == .ipv4 ? 32 : 128 }

    func hasCommonPrefix(_ length: Int, with other: ClientAddress) -> Bool {
        guard family == other.family else { return false }
        // A shift by all 64 bits gives 0.
        if family == .ipv4 { return (low ^ other.low) >> UInt64(32 - length) == 0 }
        return (high ^ other.high) >> UInt64(64 - min(length, 64)) == 0
            && (low ^ other.low) >> UInt64(128 - max(length, 64)) == 0
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
