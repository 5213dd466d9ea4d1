/// The proxies that are believed when they say for whom they ask, in `X-Forwarded-For`.
public struct TrustedProxies: Hashable, Sendable {
    private let ranges: [AddressRange]

    /// None where `ranges` is empty.
    public init(_ ranges: [AddressRange] = []) {
        self.ranges = ranges
    }

    /// Addresses and ranges of them with commas between, as `10.0.0.0/8, ::1`, or `none`; nil for anything else.
    public init?(_ text: String) {
        guard text.lowercased() != "none" else {
            self.init()
            return
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let ranges = parts.compactMap { AddressRange(String($0.drop { $0 == " " })) }
        guard ranges.count == parts.count else { return nil }
        self.init(ranges)
    }

    /// How many addresses of one request are looked at: more proxies in a row than anyone has.
    private static let hopsMax = 32

    /// Whom a request came from, on a connection of which `peer` is the other end.
    ///
    /// Each proxy adds the address that it was asked from at the end. So the client is the last one that is no trusted proxy;
    /// what stands before it anybody may have made up. Something that is no address ends the search with the proxy that told it.
    func client(of head: RequestHead, from peer: ClientAddress?) -> ClientAddress? {
        guard !ranges.isEmpty, let peer, trusts(peer) else { return peer }
        var client = peer
        var hops = 0
        head.forEachListElementFromLast(of: .xForwardedFor) { element in
            hops += 1
            guard hops <= Self.hopsMax, let address = ClientAddress(forwarded: element) else { return false }
            client = address
            return trusts(address)
        }
        return client
    }

    private func trusts(_ address: ClientAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }
}

extension RequestHead {
    /// Calls `body` with each element that is not empty of the lists in all fields of that name, from the last to the first, until it
    /// returns false. What is not reached is not looked at.
    fileprivate func forEachListElementFromLast(of name: HeaderName, _ body: (Span<UInt8>) -> Bool) {
        var values: [Range<Int>] = []
        forEachValue(of: name) { _, value in
            values.append(value)
            return true
        }
        bytes.withUnsafeReadableBytes { raw in
            let span = Span<UInt8>(_unsafeBytes: raw)
            for value in values.reversed() {
                var end = value.upperBound
                while end > value.lowerBound {
                    var start = end
                    while start > value.lowerBound, span[start - 1] != UInt8(ascii: ",") { start -= 1 }
                    let element = span.trimmed(start..<end)
                    if !element.isEmpty, !body(span.extracting(element)) { return }
                    end = start - 1
                }
            }
        }
    }
}

extension ClientAddress {
    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`; nil for anything else, as `unknown`.
    fileprivate init?(forwarded text: Span<UInt8>) {
        let address = text.withUnsafeBufferPointer { text -> ClientAddress? in
            if text.first == UInt8(ascii: "[") {
                guard let end = text.firstIndex(of: UInt8(ascii: "]")), Self.isPort(text[(end + 1)...]) else {
                    return nil
                }
                return ClientAddress(text[1..<end])
            }
            let colon = UInt8(ascii: ":")
            guard let first = text.firstIndex(of: colon), text.lastIndex(of: colon) == first else {
                return ClientAddress(text)
            }
            guard Self.isPort(text[first...]) else { return nil }
            return ClientAddress(text[..<first])
        }
        guard let address else { return nil }
        self = address
    }

    /// Whether it is nothing, or a colon and the digits of a port.
    private static func isPort(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = text.first else { return true }
        return first == UInt8(ascii: ":") && (2...6).contains(text.count) && text.dropFirst().allSatisfy(\.isDigit)
    }
}

extension HeaderName {
    /// Of no standard, but what nearly all proxies send.
    public static let xForwardedFor = HeaderName("x-forwarded-for")
}
