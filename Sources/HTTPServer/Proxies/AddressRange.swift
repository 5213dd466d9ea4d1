/// A range of addresses, as `10.0.0.0/8`.
public struct AddressRange: Hashable, Sendable {
    private let address: ClientAddress
    /// How many of the first bits all have in common.
    private let prefixLength: Int

    /// An address, or one with a slash and the number of bits that count; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = ClientAddress(parts[0].utf8)?.unmapped else { return nil }
        self.address = address
        guard parts.count == 2 else {
            prefixLength = address.bitWidth
            return
        }
        guard parts[1].utf8.allSatisfy(\.isDigit), let length = Int(parts[1]), length <= address.bitWidth else {
            return nil
        }
        prefixLength = length
    }

    public func contains(_ other: ClientAddress) -> Bool {
        address.hasCommonPrefix(prefixLength, with: other.unmapped)
    }
}

extension AddressRange {
    /// Those that are not routed on the internet: of the machine itself (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), of private networks
    /// (RFC 1918, RFC 4193) and of a link (RFC 3927, RFC 4291 §2.5.6).
    static let local = [
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1", "fc00::/7",
        "fe80::/10",
    ].compactMap { AddressRange($0) }
}

extension ClientAddress {
    /// Whether it is one that is not routed on the internet.
    public var isLocal: Bool {
        AddressRange.local.contains { $0.contains(self) }
    }
}
