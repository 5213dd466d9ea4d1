import FoundationEssentials

/// A user name and a password (RFC 7617 §2).
package struct BasicCredentials: Equatable, Sendable {
    package var user: [UInt8]
    package var password: [UInt8]

    /// Reads the value of an Authorization field; nil where it is of another scheme, or malformed.
    package init?(authorization value: String) {
        guard value.prefix(Self.scheme.count).lowercased() == Self.scheme,
            let text = Data(base64Encoded: String(value.dropFirst(Self.scheme.count).drop { $0 == " " })),
            // A user name has no colon, a password may.
            let colon = text.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        user = Array(text[..<colon])
        password = Array(text[(colon + 1)...])
    }

    private static let scheme = "basic "
}
