/// The name of a header field, which is compared without regard to case (RFC 9110 §5.1).
public struct HeaderName: Sendable {
    let lowercased: StaticString
    /// The bit that a head has set if it has a field that may be of this name.
    let mark: UInt64

    /// A name written in lower-case letters.
    public init(_ lowercased: StaticString) {
        self.lowercased = lowercased
        let count = lowercased.utf8CodeUnitCount
        self.mark = count == 0 ? 0 : HeaderName.mark(firstOctet: lowercased.utf8Start.pointee, count: count)
    }

    /// One bit for the length and the first letter of a name, so that most absent fields are known to be absent
    /// without a look at the head.
    static func mark(firstOctet: UInt8, count: Int) -> UInt64 {
        1 &<< UInt64(truncatingIfNeeded: (count &* 5) ^ Int(firstOctet.lowercased))
    }
}

extension HeaderName {
    public static let accept = HeaderName("accept")
    public static let authorization = HeaderName("authorization")
    public static let contentLength = HeaderName("content-length")
    public static let contentType = HeaderName("content-type")
    public static let ifMatch = HeaderName("if-match")
    public static let ifNoneMatch = HeaderName("if-none-match")
}
