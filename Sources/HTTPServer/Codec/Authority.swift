#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `uri-host [ ":" port ]`, the value of Host and the authority of an absolute target (RFC 9110 §7.2, RFC 3986 §3.2).
enum Authority {
    /// Whether the bytes are a valid authority with a host and no user information.
    static func isValid(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 0 else { return false }
        var index = 0
        if bytes[0] == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), isAddressLiteral(bytes.extracting(1..<end)) else {
                return false
            }
            index = end + 1
        } else {
            while index < bytes.count, bytes[index] != UInt8(ascii: ":") {
                if bytes[index] == UInt8(ascii: "%") {
                    guard bytes.count - index > 2, bytes[index + 1].hexadecimalValue != nil,
                        bytes[index + 2].hexadecimalValue != nil
                    else { return false }
                    index += 3
                } else {
                    guard bytes[index].isHostCharacter else { return false }
                    index += 1
                }
            }
            guard index > 0 else { return false }
        }
        return index == bytes.count || isPort(bytes.extracting(index..<bytes.count))
    }

    /// A colon and a port of 0 to 65535, or the colon alone.
    private static func isPort(_ bytes: Span<UInt8>) -> Bool {
        guard bytes[0] == UInt8(ascii: ":") else { return false }
        var port = 0
        for index in 1..<bytes.count {
            guard bytes[index].isDigit else { return false }
            port = port * 10 + Int(bytes[index] &- 0x30)
            guard port <= 65535 else { return false }
        }
        return true
    }

    /// What stands between the brackets: an IPv6 address or an address of a version to come.
    private static func isAddressLiteral(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 1 else { return false }
        if bytes[0].lowercased == UInt8(ascii: "v") {
            return isFutureAddress(bytes)
        }
        guard bytes.count < 46 else { return false }
        for index in 0..<bytes.count {
            guard
                bytes[index].hexadecimalValue != nil || bytes[index] == UInt8(ascii: ":")
                    || bytes[index] == UInt8(ascii: ".")
            else { return false }
        }
        let text = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    /// `"v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`
    private static func isFutureAddress(_ bytes: Span<UInt8>) -> Bool {
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")), dot > 1, dot + 1 < bytes.count else { return false }
        for index in 1..<dot where bytes[index].hexadecimalValue == nil { return false }
        for index in dot + 1..<bytes.count {
            guard bytes[index].isHostCharacter || bytes[index] == UInt8(ascii: ":") else { return false }
        }
        return true
    }
}
